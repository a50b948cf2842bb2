import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ViewerPool } from './chaos/viewer-pool.ts';
import { SMALL } from './harness/api.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

test('protocol/4 §7.11: a viewer that freezes is dropped and its keys are released, and it reconnects when it thaws', async () => {
  const stack = await Stack.start();
  await stack.api.createStreamer('cold', SMALL);
  const ticket = { kind: 'credentials', streamerId: 'cold' } as const;
  // Each in a process of its own, which can be stopped.
  const viewerPool = new ViewerPool(stack.api.url, [ticket, ticket], 2);
  const [frozen, warm] = viewerPool.viewers;
  const peers = async () => (await stack.api.streamer('cold')).peers.length;
  try {
    await poll(
      'two pictures',
      async () => viewerPool.viewers.map((viewer) => viewerPool.report(viewer)?.frames ?? 0),
      (frames) => frames.every((count) => count > 0),
    );
    // The data channel for keys may open after the first picture.
    await poll(
      'both keys held',
      async () => {
        for (const viewer of viewerPool.viewers) viewerPool.key(viewer, true);
        return (await stack.host.state()).heldKeyNames.toSorted();
      },
      (names) => names.join() === 'A,B',
    );
    const { peers: connections } = viewerPool.report(warm!)!;

    viewerPool.freeze(frozen!.home);
    await stack.host.until("only the other viewer's key", ({ heldKeyNames }) => heldKeyNames.join() === 'B');
    await poll('one peer', peers, (count) => count === 1);

    const { sockets, frames } = viewerPool.report(frozen!)!;
    viewerPool.thaw(frozen!.home);
    await poll(
      'the picture on another socket',
      async () => viewerPool.report(frozen!)!,
      (report) => report.sockets > sockets && report.frames > frames + 30,
    );
    await poll('two peers', peers, (count) => count === 2);
    assert.equal(viewerPool.report(warm!)!.peers, connections);
  } finally {
    await viewerPool.close();
    await stack.close();
  }
});
