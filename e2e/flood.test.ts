// Runs alone: flooders at line rate take all the time there is, and the test is that others do not notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreatedLink, StreamerDetail } from '@moonshare/contract';
import { STREAM } from './chaos/stream.ts';
import { ViewerPool } from './chaos/viewer-pool.ts';
import { Flooders } from './harness/flood/flooders.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// Four viewers with one watch link flood as fast as they can, next to two real viewers.

const ID = 'shared';
const MAX_GROWTH = 128 * 1024 * 1024;

let stack: Stack;

before(async () => {
  stack = await Stack.start();
  await stack.api.createStreamer(ID, STREAM);
});
after(() => stack?.close());

async function detail() {
  const { statistics, ...info } = await stack.api.call<StreamerDetail>('GET', `/api/streamers/${ID}`);
  return { ...info, statistics: statistics! };
}

test('four flooders at line rate are disconnected again and again, and viewers, host and process are not affected', async (t) => {
  const ticket = { kind: 'credentials', streamerId: ID, transport: 'webrtc' } as const;
  const viewerPool = new ViewerPool(stack.api.url, [ticket, ticket], 1);
  t.after(() => viewerPool.close());
  await poll(
    'all to have a picture',
    async () => viewerPool.without(0),
    (without) => without.length === 0,
  );
  const [host, quiet] = [await stack.host.state(), await detail()];
  const path = `/api/streamers/${ID}/links`;
  const { url } = await stack.api.call<CreatedLink>('POST', path, { role: 'watch' });
  const link = new URLSearchParams(new URL(url).hash.slice(1)).get('token')!;
  const since = performance.now();
  const flooders = new Flooders({
    server: stack.api.url,
    streamerId: ID,
    link,
    kinds: ['plis', 'nacks', 'messages', 'channels'],
  });
  t.after(() => flooders.close());
  let most = 0;
  await poll(
    'each to be disconnected three times',
    async () => {
      most = Math.max(most, (await detail()).statistics.process.memory_bytes);
      return flooders.reports;
    },
    (reports) =>
      reports.every(({ closeReasons }) => closeReasons.filter((what) => what === 'RATE_LIMITED').length >= 3),
  );
  await flooders.close();
  const seconds = (performance.now() - since) / 1000;
  const [hostAfter, loud] = [await stack.host.state(), await detail()];
  const [session] = host.sessions;
  assert.equal(loud.statistics.process.pid, quiet.statistics.process.pid);
  assert.equal(loud.status, 'active');
  assert.equal(hostAfter.sessions.length, 1);
  assert.ok(most - quiet.statistics.process.memory_bytes < MAX_GROWTH, `${most} bytes`);
  const requests = hostAfter.sessions[0]!.idrRequests - session!.idrRequests;
  // All viewers together may cost one key frame per 350 ms.
  assert.ok(requests <= 1 + seconds / 0.35, `${requests} key frames in ${seconds} s`);
  assert.deepEqual(loud.statistics.input, quiet.statistics.input, 'messages from watchers are no input');
  await viewerPool.freshReports();
  for (const viewer of viewerPool.viewers) {
    const { sockets, peers } = viewerPool.report(viewer)!;
    assert.deepEqual({ sockets, peers }, { sockets: 1, peers: 1 }, viewerPool.notificationsSince(viewer, 0).join());
  }
});
