import type { CoreOutput } from '@moonshare/sans-io';

/** What a core on this wire may be: something that takes packets, and time. */
export interface WireCore<Event> {
  receive(packet: Uint8Array, now: number): CoreOutput<Event>;
  advance(now: number): CoreOutput<Event>;
}

/** What happens to one packet: the delay of each copy that arrives; an empty list is a loss. */
export type Outcome = (packet: Uint8Array, from: 'a' | 'b') => number[];

interface Flight {
  at: number;
  order: number;
  to: 'a' | 'b';
  packet: Uint8Array;
}

const other = { a: 'b', b: 'a' } as const;

/** Two cores on virtual time, with a wire between them that may lose, delay and repeat. For tests. */
export class TestWire<Event extends { type: string }> {
  now = 0;
  outcome: Outcome = () => [10];
  readonly events: { a: Event[]; b: Event[] } = { a: [], b: [] };
  /** Every packet, lost ones included. */
  readonly sent: { at: number; from: 'a' | 'b'; packet: Uint8Array }[] = [];
  readonly #cores: { a: WireCore<Event>; b: WireCore<Event> };
  readonly #wakeAt = { a: Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY };
  #flights: Flight[] = [];
  #order = 0;

  constructor(a: WireCore<Event>, b: WireCore<Event>) {
    this.#cores = { a, b };
  }

  /** Carries out what a call of one of the cores asked for. */
  apply<T extends CoreOutput<Event>>(side: 'a' | 'b', output: T): T {
    this.#wakeAt[side] = output.wakeAt;
    for (const event of output.events) {
      if (event.type === 'send') this.#send(side, (event as unknown as { packet: Uint8Array }).packet);
      else this.events[side].push(event);
    }
    return output;
  }

  /** Runs for `ms`; ends early when nothing more will happen. */
  run(ms: number): void {
    const until = this.now + ms;
    for (let steps = 0; ; steps++) {
      if (steps > 1_000_000) throw new Error('the cores never come to rest');
      const next = this.#nextTime();
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.#deliver();
      for (const side of ['a', 'b'] as const) {
        if (this.#wakeAt[side] <= this.now) this.apply(side, this.#cores[side].advance(this.now));
      }
    }
    this.now = until;
  }

  /** When something happens next; Infinity if nothing does. */
  get nextAt(): number {
    return this.#nextTime();
  }

  #send(from: 'a' | 'b', packet: Uint8Array): void {
    this.sent.push({ at: this.now, from, packet });
    for (const delay of this.outcome(packet, from)) {
      this.#flights.push({ at: this.now + delay, order: this.#order++, to: other[from], packet });
    }
  }

  #deliver(): void {
    const due = this.#flights.filter(({ at }) => at <= this.now);
    this.#flights = this.#flights.filter(({ at }) => at > this.now);
    due.sort((x, y) => x.at - y.at || x.order - y.order);
    for (const { to, packet } of due) this.apply(to, this.#cores[to].receive(packet, this.now));
  }

  #nextTime(): number {
    return Math.min(this.#wakeAt.a, this.#wakeAt.b, ...this.#flights.map(({ at }) => at));
  }
}
