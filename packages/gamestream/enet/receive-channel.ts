import assert from 'node:assert/strict';
import type { FragmentFields } from './command.ts';
import { FragmentAssembly, isValidFragment } from './fragments.ts';
import type { HeldBudget } from './held-budget.ts';
import { inReceiveWindow, isAcknowledged, next16 } from './sequence.ts';

type Deliver = (mode: 'reliable' | 'unreliable', data: Buffer) => void;

/** What is held under a number: a message, fragments of one, or the knowledge that it will not come. */
type Held = Buffer | FragmentAssembly | Missing;

class Missing {
  readonly complete = true;
  readonly cost = 0;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }
}

interface WaitingUnreliable {
  reliableSeq: number;
  unreliableSeq: number;
  data: Buffer;
}

/**
 * The receiving half of one channel in one direction, protocol/2 §1.7 and §1.11: orders reliable messages, assembles
 * fragments, drops repeats and late unreliable messages. Shared by EnetHost and EnetObserver.
 */
export class ReceiveChannel {
  readonly #deliver: Deliver;
  readonly #budget: HeldBudget;
  /** The last delivered reliable number; null until a recording that starts in the middle reveals one. */
  #last: number | null;
  #lastUnreliable = 0;
  /** By number, or by first number for fragments. */
  readonly #held = new Map<number, Held>();
  /** Unreliable messages that arrived before the reliable one they follow. */
  #waiting: WaitingUnreliable[] = [];

  constructor(options: { deliver: Deliver; budget: HeldBudget; last?: number | null }) {
    this.#deliver = options.deliver;
    this.#budget = options.budget;
    this.#last = options.last === undefined ? 0 : options.last;
  }

  /** Whether a reliable command with this number, already handled, gets an ACK. */
  acknowledges(seq: number): boolean {
    return this.#last === null || isAcknowledged(this.#last, seq);
  }

  /** Whether this reliable number is accounted for: delivered, held, or too far away to tell. */
  has(seq: number): boolean {
    if (this.#last === null || this.#isKnown(this.#last, seq)) return true;
    for (const [start, held] of this.#held) {
      if (held instanceof FragmentAssembly && held.has((seq - start) & 0xffff)) return true;
    }
    return false;
  }

  #isKnown(last: number, seq: number): boolean {
    return seq === last || !inReceiveWindow(last, seq) || this.#held.has(seq);
  }

  get holds(): boolean {
    return this.#held.size > 0;
  }

  /** False if it must be refused for lack of room: no ACK, and the rest of the datagram is ignored. */
  reliable(seq: number, data: Buffer): boolean {
    this.#last ??= (seq - 1) & 0xffff;
    if (this.#isKnown(this.#last, seq)) return true;
    if (!this.#budget.take(data.length)) return false;
    // A copy, so that a held message does not keep its whole datagram alive; one in order is passed straight on.
    this.#held.set(seq, seq === next16(this.#last) ? data : Buffer.from(data));
    this.#release();
    return true;
  }

  /** False if the fragment is invalid or must be refused: no ACK, and the rest of the datagram is ignored. */
  fragment(f: FragmentFields): boolean {
    if (!isValidFragment(f)) return false;
    this.#last ??= (f.startSeq - 1) & 0xffff;
    if (f.startSeq === this.#last || !inReceiveWindow(this.#last, f.startSeq)) return true;
    let assembly = this.#held.get(f.startSeq);
    if (assembly instanceof Missing) return true;
    if (assembly === undefined) {
      if (!this.#budget.take(FragmentAssembly.costOf(f))) return false;
      assembly = new FragmentAssembly(f);
      this.#held.set(f.startSeq, assembly);
    }
    if (!(assembly instanceof FragmentAssembly) || !assembly.add(f)) return false;
    this.#release();
    return true;
  }

  /** False if it must be refused for lack of room. */
  unreliable(reliableSeq: number, unreliableSeq: number, data: Buffer): boolean {
    this.#last ??= reliableSeq;
    if (reliableSeq === this.#last) {
      this.#passUnreliable(unreliableSeq, data);
      return true;
    }
    if (!inReceiveWindow(this.#last, reliableSeq)) return true;
    if (!this.#budget.take(data.length)) return false;
    this.#waiting.push({ reliableSeq, unreliableSeq, data: Buffer.from(data) });
    return true;
  }

  /** Marks this number as not coming (an observer's recording lacks it), so that later ones are not held up. */
  giveUp(seq: number): void {
    if (this.has(seq)) return;
    let start = seq;
    let count = 1;
    for (const [first, held] of this.#held) {
      if (!(held instanceof FragmentAssembly) || ((seq - first) & 0xffff) >= held.count) continue;
      start = first;
      count = held.count;
      this.#remove(first, held);
    }
    if (!this.#budget.take(0)) return;
    this.#held.set(start, new Missing(count));
    this.#release();
  }

  /** The connection ends: delivers all complete messages in order, gaps or not. */
  deliverAll(): void {
    for (let before = -1; this.#held.size !== before; ) {
      before = this.#held.size;
      this.#skipGap();
    }
    while (this.#waiting.length > 0) {
      const last = this.#last!;
      const ahead = (w: WaitingUnreliable) => (w.reliableSeq - last) & 0xffff;
      this.#moveTo(this.#waiting.reduce((a, b) => (ahead(b) < ahead(a) ? b : a)).reliableSeq);
    }
  }

  /** Continues with the next complete message that is held. */
  #skipGap(): void {
    const last = this.#last;
    if (last === null) return;
    const ahead = (seq: number) => (seq - last) & 0xffff;
    let nearest: number | null = null;
    for (const [seq, held] of this.#held) {
      if (held instanceof FragmentAssembly && !held.complete) continue;
      if (nearest === null || ahead(seq) < ahead(nearest)) nearest = seq;
    }
    if (nearest === null) return;
    this.#moveTo((nearest - 1) & 0xffff);
    this.#release();
  }

  #moveTo(last: number): void {
    if (last === this.#last) return;
    this.#last = last;
    this.#lastUnreliable = 0;
    this.#dropStale();
    this.#releaseWaiting();
  }

  #release(): void {
    for (;;) {
      assert.ok(!this.#held.has(this.#last!), 'a delivered message is still held');
      const seq = next16(this.#last!);
      const held = this.#held.get(seq);
      if (held === undefined || (held instanceof FragmentAssembly && !held.complete)) return;
      this.#remove(seq, held);
      const count = Buffer.isBuffer(held) ? 1 : held.count;
      this.#last = (this.#last! + count) & 0xffff;
      if (count > 1) this.#dropStale();
      this.#lastUnreliable = 0;
      if (!(held instanceof Missing)) this.#deliver('reliable', Buffer.isBuffer(held) ? held : held.data);
      if (this.#waiting.length > 0) this.#releaseWaiting();
    }
  }

  #releaseWaiting(): void {
    const due: WaitingUnreliable[] = [];
    const kept: WaitingUnreliable[] = [];
    for (const w of this.#waiting) {
      if (w.reliableSeq !== this.#last && inReceiveWindow(this.#last!, w.reliableSeq)) {
        kept.push(w);
        continue;
      }
      this.#budget.give(w.data.length);
      if (w.reliableSeq === this.#last) due.push(w);
    }
    this.#waiting = kept;
    due.sort((a, b) => a.unreliableSeq - b.unreliableSeq);
    for (const w of due) this.#passUnreliable(w.unreliableSeq, w.data);
  }

  #passUnreliable(unreliableSeq: number, data: Buffer): void {
    if (unreliableSeq <= this.#lastUnreliable) return;
    this.#lastUnreliable = unreliableSeq;
    this.#deliver('unreliable', data);
  }

  /** Removes what a jump of the delivered number has overtaken. */
  #dropStale(): void {
    for (const [seq, held] of this.#held) {
      if (seq === this.#last || !inReceiveWindow(this.#last!, seq)) this.#remove(seq, held);
    }
  }

  #remove(seq: number, held: Held): void {
    this.#held.delete(seq);
    this.#budget.give(Buffer.isBuffer(held) ? held.length : held.cost);
  }
}
