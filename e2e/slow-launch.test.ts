// Mostly waits: for hosts that take seconds to start an app.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PairingInfo, StreamerInfo } from '@moonshare/contract';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// Hosts whose `/launch` answers only once the app is prepared, and whose HTTPS port serves nobody until then.

const PREPARATION_MS = 4_000;

async function withStack(
  options: { preparationMs?: number; startLimitMs?: number; stateDir?: string },
  use: (stack: Stack) => Promise<void>,
) {
  const { preparationMs = PREPARATION_MS, stateDir = null, ...limits } = options;
  const stack = await Stack.start({ quirks: { launchMs: preparationMs }, sessions: 4, stateDir }, limits);
  try {
    await use(stack);
  } finally {
    await stack.close();
  }
}

/** The host has started and ended the app; nobody may have seen it run in between. */
async function startedAndEnded(stack: Stack): Promise<void> {
  await stack.host.until(
    'the app to have been started and ended',
    ({ app, appStarts, sessions }) => appStarts === 1 && app === null && sessions.length === 0,
  );
}

/** We have nothing left to end there. */
function untilCertificateIsFree(stack: Stack): Promise<PairingInfo> {
  const look = () => stack.api.call<PairingInfo>('GET', '/api/pair/0');
  return poll(
    'its certificate to be free',
    look,
    ({ client_certificates: { paired, free } }) => paired === 1 && free === 1,
  );
}

function untilStreamer(stack: Stack, what: string, wanted: (info: StreamerInfo) => boolean): Promise<StreamerInfo> {
  return poll(what, () => stack.api.streamer('slow'), wanted);
}

/** The host has the launch, and prepares the app. */
async function untilLaunching(stack: Stack): Promise<StreamerInfo> {
  await stack.host.until('the launch', ({ isPreparingApp }) => isPreparingApp);
  return untilStreamer(stack, 'the launch', ({ stage }) => stage === 'Starting the app');
}

test('a POST for an app that starts too slowly says it is still starting, and leaves nothing on the host', async () => {
  // A busy machine may need seconds before the launch request leaves.
  await withStack({ preparationMs: 10_000, startLimitMs: 6_000 }, async (stack) => {
    const request = await stack.api.request('slow');
    const posted = await stack.api.answer('POST', '/api/streamers', request);
    assert.deepEqual([posted.status, posted.body.code], [504, 'HOST_TIMEOUT']);
    assert.match(posted.body.error, /still being started on the host/);
    assert.equal((await stack.api.answer('GET', '/api/streamers/slow')).status, 404);
    assert.equal((await stack.host.state()).app, null, 'the host still prepares the app');
    const [host] = (await stack.api.call<{ hosts: { server_state: string }[] }>('GET', '/api/hosts')).hosts;
    assert.equal(host?.server_state, 'Busy');
    await startedAndEnded(stack);
    const again = await stack.api.answer('GET', '/api/hosts');
    assert.equal(again.body.hosts[0].server_state, 'Free');
  });
});

test("with PUT the start goes on after the caller's timeout, and queries about the host are answered meanwhile", async () => {
  await withStack({ startLimitMs: 500 }, async (stack) => {
    const { streamer_id: _, ...request } = await stack.api.request('slow');
    const put = await stack.api.answer('PUT', '/api/streamers/slow', request);
    assert.deepEqual([put.status, put.body.code], [504, 'HOST_TIMEOUT']);
    assert.equal((await untilLaunching(stack)).status, 'starting');
    const paths = ['/api/hosts', '/api/host?host_id=0', '/api/apps?host_id=0&force_refresh=true'];
    const answers = await Promise.all(paths.map((path) => stack.api.answer('GET', path)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual([answers[0]!.body.hosts[0].server_state, answers[1]!.body.host.server_state], ['Busy', 'Busy']);
    const { stage, stage_seconds } = await untilStreamer(stack, 'a second of it', (info) => info.stage_seconds !== 0);
    assert.deepEqual([stage, stage_seconds], ['Starting the app', 1]);
    assert.equal((await stack.host.state()).app, null, 'the host still prepares the app');
    await untilStreamer(stack, 'it to be active', (info) => info.status === 'active');
    assert.equal((await stack.api.answer('PUT', '/api/streamers/slow', request)).status, 200);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null);
  });
});

test('DELETE during a slow launch is answered at once; the app ends once the host responds, before the next one starts', async () => {
  await withStack({}, async (stack) => {
    const start = async () => stack.api.call('POST', '/api/streamers?wait=false', await stack.api.request('slow'));
    await start();
    await untilLaunching(stack);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null, 'the host still prepares the app');
    await start();
    await startedAndEnded(stack);
    await untilLaunching(stack);
    const info = await untilStreamer(stack, 'it to be up', ({ status }) => status !== 'starting');
    assert.deepEqual([info.status, info.error], ['active', null]);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null);
  });
});

test('an app deleted while its host hangs in the launch is ended when the host goes on', async () => {
  await withStack({}, async (stack) => {
    await stack.api.call('POST', '/api/streamers?wait=false', await stack.api.request('slow'));
    await untilLaunching(stack);
    stack.host.stop();
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.deepEqual((await stack.api.call<PairingInfo>('GET', '/api/pair/0')).client_certificates, {
      paired: 1,
      free: 0,
    });
    stack.host.goOn();
    await startedAndEnded(stack);
    await untilCertificateIsFree(stack);
  });
});

test('a host killed while it starts an app has nothing of ours when it returns, and accepts the next start', async (context) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'moonshare-e2e-host-'));
  context.after(() => rm(stateDir, { recursive: true }));
  await withStack({ stateDir }, async (stack) => {
    const request = await stack.api.request('slow');
    await stack.api.call('POST', '/api/streamers?wait=false', request);
    await untilLaunching(stack);
    await stack.api.call('DELETE', '/api/streamers/slow');
    await stack.host.kill();
    await stack.host.revive();
    await untilCertificateIsFree(stack);
    assert.equal((await stack.host.state()).app, null);
    await stack.api.call('POST', '/api/streamers', request);
    await stack.api.call('DELETE', '/api/streamers/slow');
    assert.equal((await stack.host.state()).app, null);
  });
});
