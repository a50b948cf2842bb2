import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamerInfo } from '@moonshare/contract';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// Hosts whose `/launch` answers when the app's preparation is through, and whose HTTPS port serves nobody until then.

const PREPARATION_MS = 6_000;
/** How long callers wait here, where they wait 22 s elsewhere. */
const startLimitMs = 3_000;

async function withStack(use: (stack: Stack) => Promise<void>, host: VirtualHostOptions = {}, limitMs = startLimitMs) {
  const options = { quirks: { launchMs: PREPARATION_MS }, sessions: 4, ...host };
  const stack = await Stack.start(options, { startLimitMs: limitMs });
  try {
    await use(stack);
  } finally {
    await stack.close();
  }
}

/** The host has started the app, and ended it. */
async function startedAndEnded(stack: Stack): Promise<void> {
  await stack.host.until('the app to run', ({ app }) => app !== null);
  await stack.host.until('the app to have ended', ({ app, sessions }) => app === null && sessions.length === 0);
}

function untilStreamer(stack: Stack, what: string, wanted: (info: StreamerInfo) => boolean): Promise<StreamerInfo> {
  return poll(what, () => stack.api.streamer('slow'), wanted);
}

function timed<T>(promise: Promise<T>): Promise<{ value: T; ms: number }> {
  const from = performance.now();
  return promise.then((value) => ({ value, ms: performance.now() - from }));
}

test('a POST whose app takes longer than its caller waits is answered with the truth, and leaves nothing on the host', async () => {
  await withStack(async (stack) => {
    const request = await stack.api.request('slow');
    const posted = await stack.api.answer('POST', '/api/streamers', request);
    assert.deepEqual([posted.status, posted.body.code], [504, 'HOST_TIMEOUT']);
    assert.match(posted.body.error, /still being started on the host/);
    assert.equal((await stack.api.answer('GET', '/api/streamers/slow')).status, 404);
    assert.equal((await stack.host.state()).app, null, 'the host prepares the app still');
    const [host] = (await stack.api.call<{ hosts: { server_state: string }[] }>('GET', '/api/hosts')).hosts;
    assert.equal(host?.server_state, 'Busy');
    await startedAndEnded(stack);
    const again = await stack.api.answer('GET', '/api/hosts');
    assert.equal(again.body.hosts[0].server_state, 'Free');
  });
});

test('with PUT the start goes on after the caller was told, and questions about the host are answered meanwhile', async () => {
  await withStack(async (stack) => {
    const { streamer_id: _, ...request } = await stack.api.request('slow');
    const put = await stack.api.answer('PUT', '/api/streamers/slow', request);
    assert.deepEqual([put.status, put.body.code], [504, 'HOST_TIMEOUT']);
    const { status, stage, stage_seconds } = await stack.api.streamer('slow');
    assert.deepEqual([status, stage], ['starting', 'Starting the app']);
    assert.ok(stage_seconds !== null && stage_seconds >= 1);
    for (const path of ['/api/hosts', '/api/host?host_id=0', '/api/apps?host_id=0&force_refresh=true']) {
      const { value, ms } = await timed(stack.api.answer('GET', path));
      assert.equal(value.status, 200, path);
      assert.ok(ms < PREPARATION_MS - startLimitMs, `${path} took ${ms} ms`);
    }
    assert.equal((await stack.host.state()).app, null, 'the host prepares the app still');
    await untilStreamer(stack, 'it to be active', (info) => info.status === 'active');
    assert.equal((await stack.api.answer('PUT', '/api/streamers/slow', request)).status, 200);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null);
  });
});

test('DELETE during a slow launch is answered at once, and the app ends when the host listens again', async () => {
  await withStack(async (stack) => {
    const posted = await stack.api.answer('POST', '/api/streamers?wait=false', await stack.api.request('slow'));
    assert.deepEqual([posted.status, posted.body.status], [200, 'starting']);
    await untilStreamer(stack, 'the launch', ({ stage }) => stage === 'Starting the app');
    assert.equal((await stack.api.answer('DELETE', '/api/streamers/slow')).status, 204);
    assert.equal((await stack.host.state()).app, null, 'the host prepares the app still');
    await startedAndEnded(stack);
  });
});

test('the next streamer waits until the app that was given up has ended', async () => {
  await withStack(async (stack) => {
    await stack.api.answer('POST', '/api/streamers', await stack.api.request('slow'));
    const next = await stack.api.answer('POST', '/api/streamers?wait=false', await stack.api.request('slow'));
    assert.equal(next.status, 200);
    const info = await untilStreamer(stack, 'it to be up', ({ status }) => status !== 'starting');
    assert.deepEqual([info.status, info.error], ['active', null]);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null);
  });
});
