import assert from 'node:assert/strict';

/**
 * How one viewer's sequence numbers map to the shared history. They have no gaps; after missing frames a new span begins with a
 * key frame, and anything before it cannot be resent to this viewer.
 */
export class SequenceWindow {
  #sequence: number;
  /** History index of the last packet sent, -1 before the first. */
  #lastIndex = -1;
  #spanStart = 0;

  /** `first`: the first sequence number, random (RFC 3550 §5.1). */
  constructor(first: number) {
    this.#sequence = (first - 1) & 0xffff;
  }

  /** The sequence number of the first of `count` packets from this index of the history on, sent now. Indices only grow. */
  advance(index: number, count: number): number {
    assert.ok(index > this.#lastIndex, 'a packet is numbered twice or out of order');
    if (!this.continuesAt(index)) this.#spanStart = index;
    this.#lastIndex = index + count - 1;
    const first = (this.#sequence + 1) & 0xffff;
    this.#sequence = (this.#sequence + count) & 0xffff;
    return first;
  }

  /** Whether the packet at this index follows directly after the last one sent. */
  continuesAt(index: number): boolean {
    return index === this.#lastIndex + 1;
  }

  /** The history index for a sequence number of this span; null for any other number. */
  find(sequence: number): number | null {
    const back = (this.#sequence - sequence) & 0xffff;
    const index = this.#lastIndex - back;
    return this.#lastIndex >= 0 && back < 0x8000 && index >= this.#spanStart ? index : null;
  }
}
