import assert from 'node:assert/strict';
import type { VirtualPeer } from './virtual-network.ts';

/** In no time more checks than one in 50 ms, five at once, and those for nomination and consent. */
export function assertPaced(peer: VirtualPeer): void {
  const times = peer.sent.filter(({ isRequest }) => isRequest).map(({ at }) => at);
  for (let first = 0; first < times.length; first++)
    for (let last = first; last < times.length && times[last]! - times[first]! < 3_000; last++)
      assert.ok(
        last - first + 1 <= (times[last]! - times[first]!) / 50 + 7,
        `${last - first + 1} checks in ${times[last]! - times[first]!} ms`,
      );
}
