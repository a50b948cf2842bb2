import assert from 'node:assert/strict';
import type { AccessUnit, VideoCodec } from '../types.ts';
import { assembleFrame, type HeaderVersion } from './access-unit.ts';
import { frameDistance, type VideoDatagram } from './datagram.ts';
import type { ShardOutcome } from './fec-block.ts';
import { FrameAssembly } from './frame-assembly.ts';
import type { BlockPool } from './shard-memory.ts';
import type { FrameHold, VideoEvent, VideoReceiverStats } from './types.ts';

/** A frame this far behind may still be of this numbering: protocol/3 §10. */
export const LATE_FRAMES = 16;
/** Limit for all waiting frames together. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;

/** A complete frame waiting for an older one, or an incomplete frame. */
interface Pending {
  assembly: FrameAssembly;
  unit: AccessUnit | null;
}

export interface QueueOptions {
  codec: VideoCodec;
  version: HeaderVersion;
  hold: FrameHold;
  /** Repairs are counted here. */
  stats: VideoReceiverStats;
  /** For the datagrams of unfinished frames. */
  pool: BlockPool;
}

/**
 * Frames of one numbering, in order. A frame is emitted when complete, or given up once newer ones are too far ahead or
 * have waited too long: protocol/3 §4.3 with its recommended tolerance.
 */
export class FrameQueue {
  readonly #options: QueueOptions;
  readonly #pending = new Map<number, Pending>();
  /** The oldest frame that has not left. */
  #next: number;
  #newest: number;
  #started = false;
  #bytes = 0;
  /** When the first datagram of any frame newer than `#next` came; null = look it up again. */
  #newerSince: number | null = Number.POSITIVE_INFINITY;

  constructor(options: QueueOptions, firstFrame: number) {
    this.#options = options;
    this.#next = firstFrame;
    this.#newest = firstFrame;
  }

  /** Distance from the oldest frame that has not left; negative for one that has. */
  fromNext(frameIndex: number): number {
    return frameDistance(this.#next, frameIndex);
  }

  fromNewest(frameIndex: number): number {
    return frameDistance(this.#newest, frameIndex);
  }

  /** Nothing of it can be used any more: it has left lately. */
  hasLeft(frameIndex: number): boolean {
    const ahead = this.fromNext(frameIndex);
    return ahead < 0 && ahead >= -LATE_FRAMES && !this.#mayBeFirst(ahead);
  }

  /** Appends the resulting events to `events`. Copies what it keeps. */
  accept(datagram: VideoDatagram, now: number, events: VideoEvent[]): ShardOutcome {
    const { frameIndex } = datagram;
    const ahead = this.fromNext(frameIndex);
    if (ahead < 0 && this.#mayBeFirst(ahead)) this.#moveTo(frameIndex);
    else if (ahead < 0) return 'late';
    const known = this.#pending.get(frameIndex);
    if (known?.unit) return 'late';
    const pending = known ?? { assembly: new FrameAssembly(datagram, now, this.#options.pool), unit: null };
    const { assembly } = pending;
    const before = assembly.bytes;
    const outcome = assembly.add(datagram);
    if (outcome !== 'stored') return outcome;
    const { repaired } = assembly;
    this.#bytes += assembly.bytes - before;
    if (known === undefined) {
      this.#pending.set(frameIndex, pending);
      if (this.fromNewest(frameIndex) > 0) this.#newest = frameIndex;
      if (frameIndex !== this.#next) this.#newerSince = Math.min(this.#waitingSince(), now);
    }
    if (repaired !== null) {
      this.#options.stats.recoveredShards += repaired.recoveredShards;
      events.push({ type: 'fecStatus', status: repaired.fecStatus() });
    }
    if (assembly.state === 'complete') pending.unit = this.#finish(assembly);
    // Most datagrams change nothing else.
    if (known !== undefined && assembly.state === 'open' && now < this.wakeAt && this.#bytes <= MAX_PENDING_BYTES)
      return outcome;
    this.drain(now, events);
    this.#check();
    return outcome;
  }

  /** The stream's first datagrams may come out of order too. */
  #mayBeFirst(ahead: number): boolean {
    return !this.#started && -ahead <= this.#options.hold.frames;
  }

  /** A fault here would show hours later, as a frozen picture or growing memory. */
  #check(): void {
    assert.ok(
      this.#bytes >= 0 && (this.#bytes === 0) === (this.#pending.size === 0),
      'bytes are held for frames that have left',
    );
    assert.ok(this.fromNewest(this.#next) <= 0, 'the oldest frame is newer than the newest');
    if (!this.#started) return;
    assert.ok(!this.#pending.get(this.#next)?.unit, 'a complete frame was not emitted');
    assert.ok(this.#bytes <= MAX_PENDING_BYTES, 'more is held than allowed');
    assert.ok(this.fromNewest(this.#next) >= -this.#options.hold.frames, 'an older frame was waited for too long');
  }

  /** Emits what is due at this time. With `now` = Infinity, everything. */
  drain(now: number, events: VideoEvent[]): void {
    const { startFrames = 1 } = this.#options.hold;
    if (!this.#started && this.#pending.size < startFrames && now !== Number.POSITIVE_INFINITY) return;
    while (this.#pending.size > 0) {
      const head = this.#pending.get(this.#next);
      if (head?.unit) {
        events.push({ type: 'frame', frame: head.unit });
      } else if (head !== undefined && head.assembly.state !== 'open') {
        this.#giveUp(head, now, events);
      } else if (
        now === Number.POSITIVE_INFINITY ||
        this.fromNewest(this.#next) < -this.#options.hold.frames ||
        now >= this.wakeAt ||
        this.#bytes > MAX_PENDING_BYTES
      ) {
        this.#giveUp(head, now, events);
      } else return;
      if (head !== undefined) {
        this.#bytes -= head.assembly.bytes;
        head.assembly.release();
        this.#pending.delete(this.#next);
      }
      this.#started = true;
      this.#moveTo((this.#next + 1) >>> 0);
    }
  }

  get wakeAt(): number {
    return this.#waitingSince() + this.#options.hold.ms;
  }

  #giveUp(head: Pending | undefined, now: number, events: VideoEvent[]): void {
    const status = head?.assembly.unfinishedStatus();
    if (status) events.push({ type: 'fecStatus', status });
    const receivedAt = head?.assembly.receivedAt ?? now;
    events.push({ type: 'lost', frame: { frameIndex: this.#next, received: head !== undefined, receivedAt } });
  }

  #moveTo(frameIndex: number): void {
    this.#next = frameIndex;
    if (this.fromNewest(frameIndex) > 0) this.#newest = frameIndex;
    this.#newerSince = null;
  }

  #waitingSince(): number {
    if (this.#newerSince !== null) return this.#newerSince;
    let since = Number.POSITIVE_INFINITY;
    for (const [index, { assembly }] of this.#pending) {
      if (index !== this.#next) since = Math.min(since, assembly.receivedAt);
    }
    this.#newerSince = since;
    return since;
  }

  #finish(assembly: FrameAssembly): AccessUnit | null {
    const frame = assembleFrame(assembly.shards, this.#options.codec, this.#options.version);
    assembly.release();
    if (frame === null) return null;
    return {
      frameIndex: assembly.frameIndex,
      keyFrame: frame.keyFrame,
      data: frame.data,
      hostTimestamp: assembly.timestamp,
      receivedAt: assembly.receivedAt,
      hostLatency: frame.hostLatency,
    };
  }
}
