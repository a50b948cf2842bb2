import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { SMALL } from '../harness/api.ts';
import { Stack } from '../harness/stack.ts';

/** An address of this machine with its interface: `fe80::1%eth0`, or as good, `::1%lo`. */
function scoped(wanted: (address: string) => boolean): string | null {
  for (const [name, all = []] of Object.entries(networkInterfaces()))
    for (const { address } of all) if (wanted(address)) return `${address}%${name}`;
  return null;
}

/** Pairs, launches and streams with a host there. */
async function streams(context: TestContext, address: string, sessionAddress?: string): Promise<void> {
  const quirks = sessionAddress === undefined ? {} : { sessionAddress };
  const stack = await Stack.start({ bind: address, quirks }, `[${address}]`);
  context.after(() => stack.close());
  const { status } = await stack.api.createStreamer('scoped', SMALL);
  assert.equal(status, 'active');
  await stack.host.until('frames', ({ sessions }) => sessions.some(({ framesSent }) => framesSent > 10));
  const { host } = await stack.api.call<{ host: { address: string } }>('GET', '/api/host?host_id=0');
  assert.equal(host.address, address);
  await stack.api.call('DELETE', '/api/streamers/scoped');
}

test('a host is paired and streams by an address with the name of its interface', async (context) => {
  const address = scoped((each) => each === '::1');
  assert.ok(address !== null, 'this machine has no IPv6: the test needs ::1');
  // As a host names itself that was reached by its link-local address.
  await streams(context, address, `[${address}]`);
});
