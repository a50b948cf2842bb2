import assert from 'node:assert/strict';
import { BLOCK_SIZE, BLOCKS, blockOf, next16 } from './sequence.ts';

/** This many blocks from a new one on must have no unacknowledged numbers before it is opened, protocol/2 §1.7. */
const FREE_BLOCKS_WANTED = 10;

/** The numbering of one channel in one direction, and which blocks of numbers are outstanding. */
export class SendChannel {
  #reliable = 0;
  #unreliable = 0;
  readonly #outstanding = new Array<number>(BLOCKS).fill(0);

  /** The next reliable number; the unreliable ones restart after it. */
  nextReliable(): number {
    this.#reliable = next16(this.#reliable);
    this.#unreliable = 0;
    return this.#reliable;
  }

  /** The numbers of an unreliable message; null if they are used up and the message must be sent reliably. */
  nextUnreliable(): { reliableSeq: number; unreliableSeq: number } | null {
    if (this.#unreliable === 0xffff) return null;
    this.#unreliable++;
    return { reliableSeq: this.#reliable, unreliableSeq: this.#unreliable };
  }

  /** Whether this number may be sent for the first time, that is, does not open a block too early. */
  mayOpen(seq: number): boolean {
    if (seq % BLOCK_SIZE !== 0) return true;
    const block = blockOf(seq);
    if (this.#outstanding[(block + BLOCKS - 1) % BLOCKS]! >= BLOCK_SIZE) return false;
    for (let i = 0; i < FREE_BLOCKS_WANTED; i++) {
      if (this.#outstanding[(block + i) % BLOCKS]! > 0) return false;
    }
    return true;
  }

  sent(seq: number): void {
    const block = blockOf(seq);
    this.#outstanding[block]! += 1;
    assert.ok(this.#outstanding[block]! <= BLOCK_SIZE, 'a number is used twice');
  }

  acknowledged(seq: number): void {
    const block = blockOf(seq);
    this.#outstanding[block]! -= 1;
    assert.ok(this.#outstanding[block]! >= 0, 'a number is acknowledged twice');
  }
}
