import type { FragmentFields } from './command.ts';
import { MAX_MESSAGE_BYTES } from './constants.ts';

/** The rules that apply to a fragment on its own, protocol/2 §1.11. */
export function isValidFragment(f: FragmentFields): boolean {
  return (
    f.number < f.count &&
    f.total <= MAX_MESSAGE_BYTES &&
    f.total >= f.count &&
    f.data.length > 0 &&
    f.offset < f.total &&
    f.offset + f.data.length <= f.total
  );
}

/** One message being assembled from its fragments. */
export class FragmentAssembly {
  readonly count: number;
  readonly data: Buffer;
  readonly #seen: Uint8Array;
  #missing: number;

  constructor(f: FragmentFields) {
    this.count = f.count;
    this.data = Buffer.alloc(f.total);
    this.#seen = new Uint8Array(Math.ceil(f.count / 8));
    this.#missing = f.count;
  }

  /** Bytes that an assembly for this fragment takes. */
  static costOf(f: FragmentFields): number {
    return f.total + Math.ceil(f.count / 8);
  }

  get cost(): number {
    return this.data.length + this.#seen.length;
  }

  get complete(): boolean {
    return this.#missing === 0;
  }

  has(number: number): boolean {
    return number < this.count && (this.#seen[number >> 3]! & (1 << (number & 7))) !== 0;
  }

  /** False if the fragment belongs to another message than the first one. Repeats change nothing. */
  add(f: FragmentFields): boolean {
    if (f.total !== this.data.length || f.count !== this.count) return false;
    if (this.has(f.number)) return true;
    this.#seen[f.number >> 3]! |= 1 << (f.number & 7);
    this.#missing--;
    f.data.copy(this.data, f.offset);
    return true;
  }
}
