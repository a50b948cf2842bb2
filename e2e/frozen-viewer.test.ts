import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Crowd } from './chaos/crowd.ts';
import { SMALL } from './harness/api.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

test('protocol/4 §7.11: a viewer that freezes is missed, its keys go up, and it comes back when it thaws', async () => {
  const stack = await Stack.start();
  await stack.api.createStreamer('cold', SMALL);
  const ticket = { kind: 'credentials', streamerId: 'cold' } as const;
  // Each in a process of its own, which can be stopped.
  const crowd = new Crowd(stack.api.url, [ticket, ticket], 2);
  const [frozen, warm] = crowd.viewers;
  const peers = async () => (await stack.api.streamer('cold')).peers.length;
  try {
    await poll(
      'two pictures',
      async () => crowd.viewers.map((viewer) => crowd.report(viewer)?.frames ?? 0),
      (frames) => frames.every((count) => count > 0),
    );
    // The channel for keys may open after the first picture.
    await poll(
      'both keys held',
      async () => {
        for (const viewer of crowd.viewers) crowd.key(viewer, true);
        return (await stack.host.state()).heldKeyNames.toSorted();
      },
      (names) => names.join() === 'A,B',
    );
    const { peers: connections } = crowd.report(warm!)!;

    crowd.freeze(frozen!.home);
    await stack.host.until('the key of the other alone', ({ heldKeyNames }) => heldKeyNames.join() === 'B');
    await poll('one peer', peers, (count) => count === 1);

    const { sockets, frames } = crowd.report(frozen!)!;
    crowd.thaw(frozen!.home);
    await poll(
      'the picture on another socket',
      async () => crowd.report(frozen!)!,
      (report) => report.sockets > sockets && report.frames > frames + 30,
    );
    await poll('two peers', peers, (count) => count === 2);
    assert.equal(crowd.report(warm!)!.peers, connections);
  } finally {
    await crowd.close();
    await stack.close();
  }
});
