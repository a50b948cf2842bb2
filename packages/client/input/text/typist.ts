import { TokenBucket, type ViewerInput } from '@moonshare/contract/browser';
import { piecesOf } from './text-pieces.ts';
import { MAX_TYPED, type Typing } from './typing.ts';

/** Units per second, and at once: less than a streamer lets through, so that a text waits here, where it can be stopped. */
const PER_SECOND = 1500;
const PER_MS = PER_SECOND / 1000;
const BURST = 2048;
/** Key presses that may wait behind a text; nobody needs more. */
const MAX_WAITING_KEYS = 512;

const IDLE: Typing = { kind: 'idle' };

interface Waiting {
  events: ViewerInput[];
  /** Its length if it is a piece of a text; 0: a key that the person pressed. */
  units: number;
}

/**
 * Types texts as fast as they are accepted, in order, whole or not at all; keys pressed meanwhile come after them. Pure:
 * time is an argument, in ms.
 */
export class Typist {
  typing: Typing = IDLE;
  #waiting: Waiting[] = [];
  readonly #bucket = new TokenBucket(BURST);

  /** When `advance` is due; null: nothing is waiting. */
  get wakeAt(): number | null {
    const next = this.#waiting[0];
    return next === undefined ? null : Math.ceil(this.#bucket.readyAt(costOf(next), PER_MS));
  }

  /** Returns what to send now. */
  text(text: string, now: number): ViewerInput[] {
    const waiting = this.#waiting.reduce((sum, { units }) => sum + units, 0);
    if (waiting + text.length > MAX_TYPED) {
      // A text already being typed carries on.
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

  /** A key that the person pressed; it waits behind any text. */
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
      // Sums of fractions may be slightly too small.
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

  /** Drops what is waiting, except for the key-ups, which it returns. */
  stop(why: 'asked' | 'disconnected' | 'controls'): ViewerInput[] {
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
