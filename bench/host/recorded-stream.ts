import { VideoPacketizer } from '@moonshare/gamestream';
import type { EncodedPicture } from '../../packages/virtual-host/encode/video-encoder.ts';
import { Pacer } from '../../packages/virtual-host/session/pacer.ts';
import type { VideoStream, VideoStreamOptions } from '../../packages/virtual-host/session/video-stream.ts';
import { now } from '../harness/clock.ts';

/** NV header bytes in a packet size, and the short frame header before each access unit (protocol/3 §2). */
const PACKET_HEADER = 16;
const FRAME_HEADER = 8;

export interface SentFrame {
  frameIndex: number;
  /** Just before the datagram that completes the frame is sent; parity follows it. */
  at: number;
}

/**
 * Replaces the virtual host's live picture with a recording, so that encoding takes nothing from the machine. A key frame
 * comes only at the start and on request.
 */
export class RecordedStream implements Pick<VideoStream, 'start' | 'requestIdr' | 'stop' | 'skipped' | 'counts'> {
  readonly counts = { frames: 0, idrs: 0, skipped: 0, bytes: 0 };
  readonly #options: VideoStreamOptions;
  readonly #pictures: readonly EncodedPicture[];
  readonly #onSent: (frame: SentFrame) => void;
  readonly #packetizer: VideoPacketizer;
  readonly #pacer: Pacer;
  #next = 0;
  #ticks = 0;

  constructor(options: VideoStreamOptions, pictures: readonly EncodedPicture[], onSent: (frame: SentFrame) => void) {
    const { packetSize, fec, minParity, key, variant, firstFrame, fps } = options;
    this.#options = options;
    this.#pictures = pictures;
    this.#onSent = onSent;
    this.#packetizer = new VideoPacketizer({ packetSize, fecPercentage: fec, minParity, key, variant, firstFrame });
    this.#pacer = new Pacer(1000 / fps, () => this.#tick());
  }

  start(): void {
    this.#pacer.start();
  }

  requestIdr(): void {
    this.#next = 0;
  }

  async stop(): Promise<void> {
    this.#pacer.stop();
  }

  get skipped(): number {
    return this.#pacer.missed;
  }

  #tick(): void {
    const { data, keyFrame } = this.#pictures[this.#next]!;
    this.#next = this.#next + 1 === this.#pictures.length ? 1 : this.#next + 1;
    this.#ticks += 1;
    const timestamp = Math.round((this.#ticks * 90_000) / this.#options.fps);
    const { frameIndex, datagrams } = this.#packetizer.packetize({ data, keyFrame, timestamp, latency: 0 });
    // Frames of this size are one FEC block: data first, then parity.
    const last = Math.ceil((FRAME_HEADER + data.length) / (this.#options.packetSize - PACKET_HEADER)) - 1;
    this.#options.send(datagrams.slice(0, last));
    // Each of Node's UDP sends happens in a separate tick, and ticks keep their order: this one is just before the last.
    process.nextTick(() => this.#onSent({ frameIndex, at: now() }));
    this.#options.send(datagrams.slice(last));
    this.counts.frames += 1;
    this.counts.bytes += data.length;
    if (keyFrame) this.counts.idrs += 1;
  }
}
