import { TokenBucket, type ViewerInput } from '@moonshare/contract';
import { piecesOf } from './text-pieces.ts';

/** The longest text that is taken, UTF-16 units: hosts type it key by key. */
export const MAX_TYPED = 16_384;
/** Units in a second, and at once: less than a streamer lets through, so that a text waits here, where it can be stopped. */
const PER_SECOND = 1500;
const PER_MS = PER_SECOND / 1000;
const BURST = 2048;
/** Key presses that wait for a text before them; nobody means more. */
const MAX_WAITING_KEYS = 512;

/** What of a long text is to be said. Lengths in UTF-16 units. */
export type Typing =
  | { kind: 'idle' }
  /** `refused`: the length of a later text for which there was no room, of which nothing is typed; 0: none. */
  | { kind: 'typing'; done: number; total: number; refused: number }
  | { kind: 'stopped'; why: 'asked' | 'disconnected'; done: number; total: number }
  /** Nothing of it was typed. */
  | { kind: 'refused'; length: number; most: number };

const IDLE: Typing = { kind: 'idle' };

interface Waiting {
  events: ViewerInput[];
  /** Of the text that it is a piece of; 0: a key of the person. */
  units: number;
}

/**
 * Types texts as fast as they can be taken, in order, whole or not at all; keys that are pressed meanwhile come behind them. Pure:
 * time is an argument, ms.
 */
export class Typist {
  typing: Typing = IDLE;
  #waiting: Waiting[] = [];
  readonly #bucket = new TokenBucket(BURST);

  /** When `advance` is due; null: nothing waits. */
  get wakeAt(): number | null {
    const next = this.#waiting[0];
    return next === undefined ? null : Math.ceil(this.#bucket.readyAt(costOf(next), PER_MS));
  }

  /** What goes to the host now. */
  text(text: string, now: number): ViewerInput[] {
    const waiting = this.#waiting.reduce((sum, { units }) => sum + units, 0);
    if (waiting + text.length > MAX_TYPED) {
      // One that is being typed goes on.
      this.typing =
        this.typing.kind === 'typing'
          ? { ...this.typing, refused: text.length }
          : { kind: 'refused', length: text.length, most: MAX_TYPED };
      return [];
    }
    const pieces = piecesOf(text).map((events) => ({ events, units: unitsOf(events) }));
    this.#waiting.push(...pieces);
    const { done, total, refused } = this.typing.kind === 'typing' ? this.typing : { done: 0, total: 0, refused: 0 };
    this.typing = { kind: 'typing', done, total: total + pieces.reduce((sum, { units }) => sum + units, 0), refused };
    return this.advance(now);
  }

  /** A key of the person, behind the text that waits. */
  key(event: ViewerInput): ViewerInput[] {
    if (this.#waiting.length === 0) return [event];
    const isPress = event.kind !== 'key' || event.down;
    const keys = this.#waiting.filter(({ units }) => units === 0).length;
    if (!isPress || keys < MAX_WAITING_KEYS) this.#waiting.push({ events: [event], units: 0 });
    return [];
  }

  advance(now: number): ViewerInput[] {
    const sent: ViewerInput[] = [];
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      // A hair less after some sums of fractions.
      if (costOf(next) > this.#bucket.available(now, PER_MS) + 1e-6) break;
      this.#waiting.shift();
      this.#bucket.spend(costOf(next));
      sent.push(...next.events);
      if (this.typing.kind === 'typing') this.typing = { ...this.typing, done: this.typing.done + next.units };
    }
    if (this.#waiting.length === 0 && this.typing.kind === 'typing') {
      const { refused } = this.typing;
      this.typing = refused === 0 ? IDLE : { kind: 'refused', length: refused, most: MAX_TYPED };
    }
    return sent;
  }

  /** What waits is not typed any more. Returns the key-ups among it. */
  stop(why: 'asked' | 'disconnected'): ViewerInput[] {
    const waiting = this.#waiting.flatMap(({ events, units }) => (units === 0 ? events : []));
    this.#waiting = [];
    if (this.typing.kind === 'typing') {
      const { done, total } = this.typing;
      this.typing = { kind: 'stopped', why, done, total };
    }
    return waiting.filter((event) => event.kind === 'key' && !event.down);
  }
}

function unitsOf(events: readonly ViewerInput[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'text' ? event.text.length : 0), 0) || 1;
}

function costOf({ events, units }: Waiting): number {
  return Math.max(events.length, units);
}
