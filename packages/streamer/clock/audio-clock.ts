import type { AudioPacket } from '@moonshare/gamestream';

const TICKS_PER_MS = 48;
/** The host was silent if a packet comes this much later than its number implies, protocol/3 §8.7. */
const PAUSE_MS = 100;
/** How fast the expected time follows slow drift between host and local clock: 500 ppm. */
const FOLLOW = 0.0005;
/** Numbers further ahead or behind belong to another session: no loss is that long, no recovered packet that late. */
const MAX_AHEAD = 2000;
const MAX_BEHIND = 64;

export interface AudioStamp {
  /** u16 */
  sequence: number;
  /** u32, 48 kHz. */
  timestamp: number;
  /** First packet of all, or first after a pause. */
  marker: boolean;
}

interface Segment {
  /** First host sequence number it applies to. */
  from: number;
  /** Added to host sequence numbers, and to ticks counted from them. */
  sequenceOffset: number;
  tickOffset: number;
}

/** RTP numbers of sound: both follow the host's sequence number, so that gaps remain gaps. Pauses are added to the timestamp. */
export class AudioClock {
  readonly #origin: { sequence: number; ticks: number };
  /** The current segment and the one before, for recovered packets that come late. */
  #segments: Segment[] = [];
  /** When the packet with this number was expected. */
  #expected: { sequence: number; at: number } | null = null;
  #last: { ticks: number; sequence: number; receivedAt: number } | null = null;

  /** Random starts, RFC 3550 §5.1. */
  constructor(origin: { sequence: number; ticks: number }) {
    this.#origin = origin;
  }

  /** Null: a late packet from before the last pause, or from another session. */
  stamp(packet: Pick<AudioPacket, 'sequence' | 'durationMs' | 'receivedAt'>): AudioStamp | null {
    const marker = this.#follow(packet);
    const segment = this.#segments.findLast(({ from }) => packet.sequence >= from);
    if (segment === undefined) return null;
    const sequence = packet.sequence + segment.sequenceOffset;
    const ticks = packet.sequence * packet.durationMs * TICKS_PER_MS + segment.tickOffset;
    if (this.#last === null || sequence > this.#last.sequence)
      this.#last = { ticks, sequence, receivedAt: packet.receivedAt };
    return { sequence: modulo(sequence, 2 ** 16), timestamp: modulo(ticks, 2 ** 32), marker };
  }

  /** The clock's value at local time `now`, u32, for sender reports; null before the first packet. */
  at(now: number): number | null {
    if (this.#last === null) return null;
    return modulo(Math.round(this.#last.ticks + (now - this.#last.receivedAt) * TICKS_PER_MS), 2 ** 32);
  }

  /** Opens a new segment if one begins here; returns whether it does. */
  #follow({ sequence, durationMs, receivedAt }: Pick<AudioPacket, 'sequence' | 'durationMs' | 'receivedAt'>): boolean {
    const expected = this.#expected;
    if (expected === null) return this.#begin(sequence, durationMs, receivedAt);
    const ahead = sequence - expected.sequence;
    if (ahead > MAX_AHEAD || ahead < -MAX_BEHIND) return this.#begin(sequence, durationMs, receivedAt);
    if (ahead <= 0) return false;
    const due = expected.at + ahead * durationMs;
    const late = receivedAt - due;
    if (late > PAUSE_MS) {
      this.#pause(sequence, Math.floor(late / durationMs) * durationMs);
      this.#expected = { sequence, at: receivedAt };
      return true;
    }
    // Early packets reveal the true pace at once; late ones may be late for other reasons.
    this.#expected = { sequence, at: late < 0 ? receivedAt : due + Math.min(late, ahead * durationMs * FOLLOW) };
    return false;
  }

  #begin(sequence: number, durationMs: number, receivedAt: number): true {
    const last = this.#last;
    const start =
      last === null
        ? this.#origin
        : {
            sequence: last.sequence + 1,
            ticks: last.ticks + Math.max(durationMs, Math.round(receivedAt - last.receivedAt)) * TICKS_PER_MS,
          };
    this.#segments = [
      {
        from: sequence,
        sequenceOffset: start.sequence - sequence,
        tickOffset: start.ticks - sequence * durationMs * TICKS_PER_MS,
      },
    ];
    this.#expected = { sequence, at: receivedAt };
    return true;
  }

  #pause(from: number, pauseMs: number): void {
    const current = this.#segments.at(-1)!;
    const next = { ...current, from, tickOffset: current.tickOffset + pauseMs * TICKS_PER_MS };
    this.#segments = [current, next];
  }
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
