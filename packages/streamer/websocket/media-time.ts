import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import { AudioClock } from '../clock/audio-clock.ts';

const VIDEO_TICKS_PER_MS = 90;
const AUDIO_TICKS_PER_MS = 48;
/** How fast presentation times follow a host's clock that is slower than ours: 500 ppm. */
const FOLLOW = 0.0005;
/** A host's clock that is this far off has started over: with another session, or after a pause. */
const ANEW_MS = 1_000;

/**
 * Presentation times of one stream, in microseconds. Picture and sound advance as the host's clocks do, and share the origin of
 * arrival times, so that they stay together although the host has a clock for each. Pure.
 */
export class MediaTime {
  readonly #videoPace = new Pace();
  #video: { ms: number; hostTimestamp: number; receivedAt: number } | null = null;
  readonly #audioClock = new AudioClock({ sequence: 0, ticks: 0 });
  readonly #audioTicks = new Unwrapped();
  readonly #audioPace = new Pace();
  #lastVideoUs = -1;

  /** Call it once for each picture, in order. Strictly increasing. */
  video({ hostTimestamp, receivedAt }: Pick<AccessUnit, 'hostTimestamp' | 'receivedAt'>): number {
    const last = this.#video ?? { ms: 0, hostTimestamp, receivedAt };
    const step = (hostTimestamp - last.hostTimestamp) | 0;
    // A host without a clock repeats one value.
    const ms = last.ms + (step === 0 ? receivedAt - last.receivedAt : step / VIDEO_TICKS_PER_MS);
    this.#video = { ms, hostTimestamp, receivedAt };
    const us = Math.round(this.#videoPace.at(ms, receivedAt) * 1_000);
    this.#lastVideoUs = Math.max(this.#lastVideoUs + 1, us);
    return this.#lastVideoUs;
  }

  /** null: a late packet from before a pause, or from another session. `sequence`: u16. */
  audio(
    packet: Pick<AudioPacket, 'sequence' | 'durationMs' | 'receivedAt'>,
  ): { sequence: number; timeUs: number } | null {
    const stamp = this.#audioClock.stamp(packet);
    if (stamp === null) return null;
    const ms = this.#audioTicks.next(stamp.timestamp) / AUDIO_TICKS_PER_MS;
    return {
      sequence: stamp.sequence,
      timeUs: Math.max(0, Math.round(this.#audioPace.at(ms, packet.receivedAt) * 1_000)),
    };
  }
}

/** Extends a u32 counter past its wraps. It may also go back a little. */
class Unwrapped {
  #last: { wrapped: number; value: number } | null = null;

  next(wrapped: number): number {
    const value = this.#last === null ? wrapped : this.#last.value + ((wrapped - this.#last.wrapped) | 0);
    this.#last = { wrapped, value };
    return value;
  }
}

/** Converts the times of one of the host's clocks to ours, without the jitter of arrival. */
class Pace {
  #offsetMs: number | null = null;
  #lastMs = 0;

  /** `ms` by the host's clock; it came at `receivedAt`. */
  at(ms: number, receivedAt: number): number {
    const offset = this.#offsetMs ?? receivedAt - ms;
    const late = receivedAt - ms - offset;
    const step = Math.max(0, ms - this.#lastMs);
    this.#lastMs = ms;
    // What comes early shows the true pace at once; what comes late may be late for other reasons.
    const follows = late < 0 || late > ANEW_MS ? late : Math.min(late, step * FOLLOW);
    this.#offsetMs = offset + follows;
    return ms + this.#offsetMs;
  }
}
