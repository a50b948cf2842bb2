import { SctpAssociation } from '../association.ts';
import type { SctpOptions } from '../options.ts';
import type { Delivery, SctpEvent } from '../types.ts';
import { type Outcome, TestWire } from './wire.ts';

/** Bytes that follow from a seed, so that what fails fails again. */
export function seededBytes(seed: number): (bytes: number) => Uint8Array {
  let state = seed >>> 0;
  return (bytes) =>
    Uint8Array.from({ length: bytes }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

/** Two associations on a wire. For tests. */
export class TestPair {
  readonly a: SctpAssociation;
  readonly b: SctpAssociation;
  readonly wire: TestWire<SctpEvent>;

  constructor(options: { a?: Partial<SctpOptions>; b?: Partial<SctpOptions>; seed?: number; outcome?: Outcome } = {}) {
    const seed = options.seed ?? 1;
    this.a = new SctpAssociation({ role: 'client', random: seededBytes(seed), ...options.a });
    this.b = new SctpAssociation({ role: 'server', random: seededBytes(seed + 1), ...options.b });
    this.wire = new TestWire<SctpEvent>(this.a, this.b);
    if (options.outcome !== undefined) this.wire.outcome = options.outcome;
    this.wire.apply('a', this.a.start(0));
    this.wire.apply('b', this.b.start(0));
  }

  /** A pair that is connected. */
  static connected(options: ConstructorParameters<typeof TestPair>[0] = {}): TestPair {
    const pair = new TestPair(options);
    pair.wire.run(1000);
    return pair;
  }

  send(side: 'a' | 'b', stream: number, data: Uint8Array, delivery: Delivery = { ordered: true }): boolean {
    return this.wire.apply(side, this[side].send(stream, 53, data, delivery, this.wire.now)).accepted;
  }

  /** What arrived at one side, as text, by stream. */
  texts(side: 'a' | 'b', stream: number): string[] {
    return this.wire.events[side].flatMap((event) =>
      event.type === 'message' && event.stream === stream ? [Buffer.from(event.data).toString()] : [],
    );
  }

  types(side: 'a' | 'b'): string[] {
    return this.wire.events[side].map(({ type }) => type);
  }
}
