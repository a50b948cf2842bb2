import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ViewerPool } from './chaos/viewer-pool.ts';
import type { Ticket } from './chaos/viewers/messages.ts';
import { SMALL } from './harness/api.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// Often over 20 s: ten until silence counts as the end, and those who are back then have to reconnect.
test('protocol/4 §7.11: viewers that freeze are dropped over either transport and their keys are released, and they reconnect when they thaw', async () => {
  const stack = await Stack.start();
  await stack.api.createStreamer('cold', SMALL);
  const tickets = (['webrtc', 'websocket'] as const).map(
    (transport): Ticket => ({ kind: 'credentials', streamerId: 'cold', transport }),
  );
  // Each in a process of its own, which can be stopped.
  const viewerPool = new ViewerPool(stack.api.url, [...tickets, ...tickets], 4);
  const [frozen, warm] = [viewerPool.viewers.slice(0, 2), viewerPool.viewers.slice(2)];
  const peers = async () => (await stack.api.streamer('cold')).peers.length;
  try {
    await poll(
      'four pictures',
      async () => viewerPool.viewers.map((viewer) => viewerPool.report(viewer)?.frames ?? 0),
      (frames) => frames.every((count) => count > 0),
    );
    // The data channel for keys may open after the first picture.
    await poll(
      'all keys held',
      async () => {
        for (const viewer of viewerPool.viewers) viewerPool.key(viewer, true);
        return (await stack.host.state()).heldKeyNames.toSorted();
      },
      (names) => names.join() === 'A,B,C,D',
    );
    const connections = warm.map((viewer) => viewerPool.report(viewer)!.peers);

    for (const { home } of frozen) viewerPool.freeze(home);
    await stack.host.until(
      "only the other viewers' keys",
      ({ heldKeyNames }) => heldKeyNames.toSorted().join() === 'C,D',
    );
    await poll('two peers', peers, (count) => count === 2);

    const before = frozen.map((viewer) => viewerPool.report(viewer)!);
    for (const { home } of frozen) viewerPool.thaw(home);
    await poll(
      'their pictures on other sockets',
      async () => frozen.map((viewer) => viewerPool.report(viewer)!),
      (reports) =>
        reports.every(({ sockets, frames }, n) => sockets > before[n]!.sockets && frames > before[n]!.frames + 30),
    );
    // Nobody reads the reason while they are frozen, but it is logged.
    assert.equal(stack.log.filter((line) => line.includes('peer socket went silent')).length, 2);
    await poll('four peers', peers, (count) => count === 4);
    assert.deepEqual(
      warm.map((viewer) => viewerPool.report(viewer)!.peers),
      connections,
    );
  } finally {
    await viewerPool.close();
    await stack.close();
  }
});
