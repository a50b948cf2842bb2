import assert from 'node:assert/strict';
import type { InputPacket } from '@moonshare/gamestream';
import fc from 'fast-check';

const key = fc.record({
  kind: fc.constant('key' as const),
  down: fc.boolean(),
  modifiers: fc.integer({ min: 0, max: 15 }),
  virtualKey: fc.constantFrom(0x10, 0xa0, 0xa1, 0x11, 0x41, 0x8041, 0x42),
});
const button = fc.record({
  kind: fc.constant('mouseButton' as const),
  down: fc.boolean(),
  button: fc.integer({ min: 1, max: 3 }),
});
const touch = fc.record({
  kind: fc.constant('touch' as const),
  event: fc.constantFrom('down' as const, 'move' as const, 'up' as const),
  pointerId: fc.integer({ min: 0, max: 2 }),
  x: fc.double(),
  y: fc.double(),
  pressure: fc.double(),
  contactMajor: fc.double(),
  contactMinor: fc.double(),
  rotation: fc.integer({ min: 0, max: 0xffff }),
});
const pad = fc.oneof(
  fc.record({
    kind: fc.constant('controllerAdd' as const),
    id: fc.integer({ min: 0, max: 5 }),
    supportedButtons: fc.nat(0xffff),
    capabilities: fc.nat(0xff),
  }),
  fc.record({ kind: fc.constant('controllerRemove' as const), id: fc.integer({ min: 0, max: 5 }) }),
);

/** Anything that a viewer may send and hold. */
export const input = fc.oneof(key, button, touch, pad);

/** What a host would hold after these packets; fails on a repeated down or a stray up. */
export class HostModel {
  readonly held = new Set<string>();
  mask = 0;

  take(packets: readonly InputPacket[]): void {
    for (const packet of packets) {
      if (packet.kind === 'keyDown') this.#down(`key ${physical(packet.keyCode)}`);
      else if (packet.kind === 'keyUp') this.#up(`key ${physical(packet.keyCode)}`);
      else if (packet.kind === 'mouseDown') this.#down(`button ${packet.button}`);
      else if (packet.kind === 'mouseUp') this.#up(`button ${packet.button}`);
      else if (packet.kind === 'touch' && packet.event === 'down') this.#down(`touch ${packet.pointerId}`);
      else if (packet.kind === 'touch' && packet.event !== 'move') this.#up(`touch ${packet.pointerId}`);
      else if (packet.kind === 'controllerState') this.mask = packet.activeMask;
    }
  }

  #down(item: string): void {
    assert.ok(!this.held.has(item), `${item} went down twice`);
    this.held.add(item);
  }

  #up(item: string): void {
    assert.ok(this.held.delete(item), `${item} went up but was not down`);
  }
}

/** Keys have two codes each if they have sides. */
export function physical(code: number): number {
  const low = code & 0xff;
  return low >= 0x10 && low <= 0x12 ? 0xa0 + (low - 0x10) * 2 : low;
}
