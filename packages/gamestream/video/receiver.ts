import type { CoreOutput } from '@moonshare/sans-io';
import type { VideoCodec } from '../types.ts';
import type { HeaderVersion } from './access-unit.ts';
import {
  type CreateGcmOpener,
  ENCRYPTION_HEADER,
  type GcmOpener,
  hintedFrame,
  openVideoDatagram,
  videoOpener,
} from './cipher.ts';
import { claimedFrame, parseVideoDatagram, VIDEO_HEADER, type VideoDatagram } from './datagram.ts';
import { FrameQueue, LATE_FRAMES } from './frame-queue.ts';
import { BlockPool } from './shard-memory.ts';
import { type FrameHold, type VideoEvent, VideoReceiverStats } from './types.ts';

export interface VideoReceiverOptions {
  codec: VideoCodec;
  /** Longest decrypted datagram to accept, bytes: the negotiated packetSize + 16. */
  maxDatagram: number;
  /** Given if video is encrypted: 16 bytes. */
  key?: Buffer | undefined;
  /** Makes what decrypts; default: Node's. */
  createGcmOpener?: CreateGcmOpener | undefined;
  /** Decides the length of the long frame header and how the true length is found; default: a Sunshine-type host. */
  appVersion?: HeaderVersion | undefined;
  /** Default 2 frames and 10 ms. */
  hold?: FrameHold | undefined;
}

/** A jump forward beyond this, or a step back beyond what lateness explains, is not believed at once: protocol/3 §10. */
const MAX_FORWARD_JUMP = 600;
/** To change over, this many different frames of another numbering must come, and none of the present one in between. */
const FRAMES_TO_RESYNCHRONISE = 3;

/** protocol/3 §4.6 */
const FEC_STATUS_LIMIT = 8;
const FEC_STATUS_WINDOW_MS = 100;

/** A numbering that may replace the present one. Its events are kept until then. */
interface Candidate {
  queue: FrameQueue;
  frames: Set<number>;
  events: VideoEvent[];
}

/** Turns datagrams into access units, protocol/3 §2 to §4 and §7. Copies what it keeps of them. */
export class VideoReceiver {
  readonly #options: VideoReceiverOptions;
  /** `room`: for a datagram that is decrypted. */
  readonly #encryption: { open: GcmOpener; room: Buffer } | null;
  readonly #pool = new BlockPool();
  readonly #version: HeaderVersion;
  readonly #hold: FrameHold;
  readonly #stats = new VideoReceiverStats();
  #queue: FrameQueue | null = null;
  #candidate: Candidate | null = null;
  #statusWindow = Number.NEGATIVE_INFINITY;
  #statusCount = 0;

  constructor(options: VideoReceiverOptions) {
    this.#options = options;
    const { key, createGcmOpener, maxDatagram } = options;
    this.#encryption =
      key === undefined ? null : { open: videoOpener(key, createGcmOpener), room: Buffer.allocUnsafeSlow(maxDatagram) };
    this.#version = options.appVersion ?? { parts: [7, 1, 431, -1], sunshine: true };
    this.#hold = options.hold ?? { frames: 2, ms: 10 };
  }

  receive(datagram: Buffer, now: number): CoreOutput<VideoEvent> {
    const events: VideoEvent[] = [];
    const stats = this.#stats;
    stats.datagrams += 1;
    stats.bytes += datagram.length;
    const parsed = this.#open(datagram);
    if (parsed !== null) this.#accept(parsed, now, events);
    return this.#finish(now, events);
  }

  /** With `now` = Infinity the stream has ended: everything incomplete is given up. */
  advance(now: number): CoreOutput<VideoEvent> {
    const events: VideoEvent[] = [];
    this.#queue?.drain(now, events);
    return this.#finish(now, events);
  }

  stats(): VideoReceiverStats {
    return { ...this.#stats };
  }

  #open(datagram: Buffer): VideoDatagram | null {
    const encryption = this.#encryption;
    const stats = this.#stats;
    const overhead = encryption === null ? 0 : ENCRYPTION_HEADER;
    if (datagram.length <= overhead || datagram.length > this.#options.maxDatagram + overhead) {
      stats.invalid += 1;
      return null;
    }
    // Most parity comes when its frame is complete.
    if (this.#isLate(datagram)) {
      stats.late += 1;
      return null;
    }
    const plain = encryption === null ? datagram : openVideoDatagram(encryption.open, datagram, encryption.room);
    if (plain === null) {
      stats.undecryptable += 1;
      return null;
    }
    const parsed = parseVideoDatagram(plain);
    if (parsed === null) stats.invalid += 1;
    return parsed;
  }

  /** By what it says of itself before it is decrypted. */
  #isLate(datagram: Buffer): boolean {
    if (this.#queue === null || datagram.length <= VIDEO_HEADER) return false;
    const claimed = this.#encryption === null ? claimedFrame(datagram) : hintedFrame(datagram);
    // 0 when encrypted: not given.
    return (claimed !== 0 || this.#encryption === null) && this.#queue.hasLeft(claimed);
  }

  #accept(datagram: VideoDatagram, now: number, events: VideoEvent[]): void {
    this.#queue ??= this.#newQueue(datagram.frameIndex);
    const queue = this.#queue;
    if (isFar(queue, datagram.frameIndex)) {
      this.#stats.implausible += 1;
      this.#considerOther(datagram, now, events);
      return;
    }
    const outcome = queue.accept(datagram, now, events);
    if (outcome === 'stored') this.#candidate = null;
    else this.#stats[outcome] += 1;
  }

  #considerOther(datagram: VideoDatagram, now: number, events: VideoEvent[]): void {
    if (this.#candidate === null || isFar(this.#candidate.queue, datagram.frameIndex)) {
      this.#candidate = { queue: this.#newQueue(datagram.frameIndex), frames: new Set(), events: [] };
    }
    const { queue, frames, events: kept } = this.#candidate;
    if (queue.accept(datagram, now, kept) === 'stored') frames.add(datagram.frameIndex);
    if (frames.size < FRAMES_TO_RESYNCHRONISE) return;
    this.#queue?.drain(Number.POSITIVE_INFINITY, events);
    for (const event of kept) events.push(event);
    this.#queue = queue;
    this.#candidate = null;
    this.#stats.resynchronisations += 1;
  }

  #newQueue(firstFrame: number): FrameQueue {
    const { codec } = this.#options;
    const [version, hold, stats, pool] = [this.#version, this.#hold, this.#stats, this.#pool];
    return new FrameQueue({ codec, version, hold, stats, pool }, firstFrame);
  }

  #finish(now: number, events: VideoEvent[]): CoreOutput<VideoEvent> {
    const wakeAt = this.#queue?.wakeAt ?? Number.POSITIVE_INFINITY;
    if (events.length === 0) return { events, wakeAt };
    return { events: events.filter((event) => this.#passes(event, now)), wakeAt };
  }

  /** Counts the event; false for a FEC status above the limit. */
  #passes(event: VideoEvent, now: number): boolean {
    if (event.type === 'frame') this.#stats.framesComplete += 1;
    if (event.type === 'lost') this.#stats.framesLost += 1;
    if (event.type !== 'fecStatus') return true;
    if (now - this.#statusWindow >= FEC_STATUS_WINDOW_MS) {
      this.#statusWindow = now;
      this.#statusCount = 0;
    }
    this.#statusCount += 1;
    return this.#statusCount <= FEC_STATUS_LIMIT;
  }
}

function isFar(queue: FrameQueue, frameIndex: number): boolean {
  return queue.fromNext(frameIndex) < -LATE_FRAMES || queue.fromNewest(frameIndex) > MAX_FORWARD_JUMP;
}
