import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { SMALL } from '../harness/api.ts';
import { Stack } from '../harness/stack.ts';

/** An address of this machine with its interface: `fe80::1%eth0`, or for the same purpose `::1%lo`. */
function scoped(wanted: (address: string) => boolean): string | null {
  for (const [name, all = []] of Object.entries(networkInterfaces()))
    for (const { address } of all) if (wanted(address)) return `${address}%${name}`;
  return null;
}

/** Pairs with a host there, launches and streams. */
async function streams(context: TestContext, address: string, options: VirtualHostOptions): Promise<void> {
  const stack = await Stack.start({ bind: address, ...options }, { address: `[${address}]` });
  context.after(() => stack.close());
  const { status } = await stack.api.createStreamer('scoped', SMALL);
  assert.equal(status, 'active');
  await stack.host.until('frames', ({ sessions }) => sessions.some(({ framesSent }) => framesSent > 10));
  const { host } = await stack.api.call<{ host: { address: string } }>('GET', '/api/host?host_id=0');
  assert.equal(host.address, address);
  await stack.api.call('DELETE', '/api/streamers/scoped');
}

test('a host pairs and streams at an address with an interface name', async (context) => {
  const address = scoped((each) => each === '::1');
  assert.ok(address !== null, 'this machine has no IPv6: the test needs ::1');
  // What a host calls itself when it was reached at its link-local address.
  await streams(context, address, { quirks: { sessionAddress: `[${address}]` } });
});

const linkLocal = scoped((each) => each.startsWith('fe80:'));
// Few containers have one. A Wolf of 2024 accepts no IPv6 address in a request (protocol/1 §8.2).
if (linkLocal !== null) {
  for (const like of ['sunshine', 'wolf-2026'] as const)
    test(`a host like ${like} streams at the link-local address of this machine`, (context) =>
      streams(context, linkLocal, { like }));
}
