import assert from 'node:assert/strict';
import { HELD_OVERHEAD_BYTES, MAX_HELD_BYTES } from './constants.ts';

/** Counts what one peer makes us hold, up to MAX_HELD_BYTES. */
export class HeldBudget {
  used = 0;

  take(bytes: number): boolean {
    if (this.used + bytes + HELD_OVERHEAD_BYTES > MAX_HELD_BYTES) return false;
    this.used += bytes + HELD_OVERHEAD_BYTES;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes + HELD_OVERHEAD_BYTES;
    assert.ok(this.used >= 0, 'more bytes are released than were held');
  }
}
