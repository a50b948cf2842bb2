import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { StreamerDetail } from '@moonshare/contract';
import { loadNative } from '@moonshare/webrtc';
import type { Browser, WebSocketRoute } from 'playwright-core';
import { CREDENTIALS } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPerson } from './harness/chromium.ts';
import { nextFrames } from './harness/frames.ts';
import { streamersOf } from './harness/processes.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll } from './harness/virtual-host.ts';

// What breaks, and what people see of it.

let browser: Browser;
let stack: Stack | null = null;
let viewer: ViewerPage | null = null;
/** A host that returns remembers whom it paired. */
let stateDir: string;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
});
after(async () => {
  await close();
  await browser?.close();
});

interface Scene {
  stack: Stack;
  viewer: ViewerPage;
}

/** Somebody who sees the picture: those of the test before, as far as it has left them. */
async function scene(): Promise<Scene> {
  if (stack === null) {
    stateDir = await mkdtemp(join(tmpdir(), 'moonshare-e2e-host-'));
    stack = await Stack.start({ stateDir });
  }
  if (viewer === null) {
    await stack.api.createStreamer('trouble');
    viewer = await ViewerPage.open(browser, await stack.link('trouble'));
  }
  await viewer.frames(5);
  return { stack, viewer };
}

async function close(): Promise<void> {
  const all = [viewer, stack];
  [viewer, stack] = [null, null];
  for (const each of all) await each?.close();
  if (all[1] !== null) await rm(stateDir, { recursive: true });
}

afterEach(async (context) => {
  // What failed may have left anything.
  if (!('passed' in context && context.passed)) return close();
  if ((await stack!.api.answer('GET', '/api/streamers/trouble')).status === 200) return;
  const page = viewer;
  viewer = null;
  await page?.close();
});

/** A key press in the page reaches the host. */
async function assertTypes({ stack, viewer }: Pick<Scene, 'stack' | 'viewer'>): Promise<void> {
  const before = (await stack.host.input()).length;
  await viewer.page.keyboard.press('m');
  await stack.host.untilInput('the next key', (input) => input.slice(before).some(({ key }) => key === 'M'));
}

test('with 5 % of the datagrams dropped, no picture is corrupted', async () => {
  const { stack, viewer } = await scene();
  await stack.host.drop(5);
  const shown = await nextFrames(viewer.page, 150);
  await stack.host.drop(0);
  const { datagramsDropped } = (await stack.host.state()).sessions[0]!;
  assert.ok(datagramsDropped > 0);
  assert.deepEqual(
    shown.filter(({ number }) => number === null),
    [],
  );
  const numbers = shown.map(({ number }) => number!);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test('after a spell of 30 % loss the picture recovers by itself', async () => {
  const { stack, viewer } = await scene();
  await stack.host.drop(30);
  const from = (await stack.host.state()).sessions[0]!;
  await stack.host.until('90 frames under loss', ({ sessions }) => sessions[0]!.framesSent > from.framesSent + 90);
  await stack.host.drop(0);
  const end = (await stack.host.state()).sessions[0]!.framesSent;
  await poll(
    'whole pictures from after the loss',
    async () => ({ shown: await nextFrames(viewer.page, 30), session: (await stack.host.state()).sessions[0] }),
    // On a busy machine the loss may cost the session, and another one counts anew.
    ({ shown, session }) => shown.every(({ number }) => number !== null && (number >= end || session?.id !== from.id)),
  );
});

test('a socket broken by a proxy is replaced, and the picture goes on with a new peer', async () => {
  const { stack } = await scene();
  const person = await newPerson(browser);
  const page = await person.newPage();
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/peer\?/, (socket) => {
    sockets.push(socket);
    socket.connectToServer();
  });
  await page.goto(await stack.link('trouble'));
  await page.getByText('1 other viewer').waitFor();
  await nextFrames(page, 5);
  const before = (await stack.api.streamer('trouble')).peers.map(({ peer_id }) => peer_id);
  await sockets[0]!.close({ code: 1011 });
  await poll(
    'another peer in its place',
    () => stack.api.streamer('trouble'),
    ({ peers }) => peers.length === 2 && peers.some(({ peer_id }) => !before.includes(peer_id)),
  );
  await page.getByText('Live').waitFor();
  const { framesSent } = (await stack.host.state()).sessions[0]!;
  await poll(
    'live pictures',
    () => nextFrames(page, 5),
    (shown) => shown.every(({ number }) => number !== null && number > framesSent),
  );
  assert.equal(sockets.length, 2);
  await person.close();
  await poll(
    'its peer to be gone',
    () => stack.api.streamer('trouble'),
    ({ peers }) => peers.length === 1,
  );
});

test('protocol/4 §7.13: pages are told of a streamer that crashed in the addon, as in any other way, and have the picture back without a reload, over either transport', async (context) => {
  const { stack, viewer } = await scene();
  const other = await ViewerPage.open(browser, await stack.link('trouble'), { transport: 'websocket' });
  context.after(() => other.close());
  await other.frames(1);
  const [pid] = await streamersOf(process.pid);
  const { peers: before, statistics } = await stack.api.call<StreamerDetail>('GET', '/api/streamers/trouble');
  assert.equal(statistics!.webrtc_stack, 'reason' in loadNative() ? 'node-datachannel' : 'native');
  for (const [one, key] of [
    [viewer, 'k'],
    [other, 'j'],
  ] as const) {
    const { page } = one;
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    await one.takeControl();
    await page.keyboard.down(key);
  }
  await stack.host.until('both keys are held', ({ heldKeyNames }) => heldKeyNames.toSorted().join() === 'J,K');
  const told = Promise.all([viewer, other].map((one) => one.says(/The stream stopped unexpectedly/)));
  const killedAt = performance.now();
  // What a fault in C does.
  process.kill(pid!, 'SIGSEGV');
  await told;
  for (const [one, transport] of [
    [viewer, 'WebRTC'],
    [other, 'the WebSocket'],
  ] as const) {
    await one.waitForPicture();
    await one.frames(1);
    context.diagnostic(
      `the picture over ${transport} was seen ${Math.round(performance.now() - killedAt)} ms after the kill`,
    );
  }
  await Promise.all([viewer.frames(10), other.frames(10)]);
  const after = await stack.api.streamer('trouble');
  assert.deepEqual([after.status, after.peers], ['active', before]);
  assert.notDeepEqual(await streamersOf(process.pid), [pid]);
  assert.equal((await other.statistics()).transport, 'websocket');
  for (const { page } of [viewer, other]) assert.equal(await page.evaluate(() => 'sameDocument' in globalThis), true);
  // The keys are released where they were pressed, and input works as before.
  await viewer.page.keyboard.up('k');
  await other.page.keyboard.up('j');
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
  await assertTypes({ stack, viewer });
  await assertTypes({ stack, viewer: other });
});

test('the page is told when the host dies, and when it returns so does the picture, on the same connections', async () => {
  const { stack, viewer } = await scene();
  await viewer.takeControl();
  await viewer.page.keyboard.down('k');
  await stack.host.until('the key is held', ({ heldKeyNames }) => heldKeyNames.includes('K'));
  const [before] = (await stack.api.streamer('trouble')).peers;
  const [pid] = await streamersOf(process.pid);
  await stack.host.kill();
  await viewer.says(/Lost contact with the host|The host cannot be reached/);
  const { status, connected_peers } = await stack.api.streamer('trouble');
  assert.deepEqual([status, connected_peers], ['reconnecting', 1]);

  await stack.host.revive();
  await viewer.waitForPicture();
  await viewer.frames(10);
  const after = await stack.api.streamer('trouble');
  assert.deepEqual([after.status, after.peers], ['active', [before]]);
  assert.deepEqual(await streamersOf(process.pid), [pid]);
  assert.deepEqual((await stack.host.state()).heldKeyNames, []);
  await viewer.page.keyboard.up('k');
  await assertTypes({ stack, viewer });
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('a host that hangs is treated like one that died, and serves again when it goes on; no key stays down', async () => {
  const { stack, viewer } = await scene();
  await viewer.takeControl();
  await viewer.page.keyboard.down('k');
  await stack.host.until('the key is held', ({ heldKeyNames }) => heldKeyNames.includes('K'));
  const [before] = (await stack.api.streamer('trouble')).peers;
  stack.host.stop();
  await viewer.says(/Lost contact with the host|The host cannot be reached|The host does not answer/);
  stack.host.goOn();
  await viewer.waitForPicture();
  await viewer.frames(10);
  const { status, peers } = await stack.api.streamer('trouble');
  assert.deepEqual([status, peers], ['active', [before]]);
  await stack.host.until('one session', ({ sessions }) => sessions.length === 1);
  await viewer.page.keyboard.up('k');
  await assertTypes({ stack, viewer });
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('DELETE ends pages over either transport, process and host session', async () => {
  const { stack, viewer } = await scene();
  const other = await ViewerPage.open(browser, await stack.link('trouble'), { transport: 'websocket' });
  await other.frames(1);
  assert.equal((await streamersOf(process.pid)).length, 1);
  await stack.api.call('DELETE', '/api/streamers/trouble');
  for (const one of [viewer, other]) await one.says(/The stream has ended/);
  assert.deepEqual(await streamersOf(process.pid), []);
  await stack.host.until('no session', ({ sessions, app }) => sessions.length === 0 && app === null);
  await assert.rejects(stack.api.streamer('trouble'), /404/);
  await other.close();
});

test('a link with a wrong token and a link to no stream are each explained', async () => {
  const { stack } = await scene();
  const link = await stack.link('trouble');
  const stranger = await ViewerPage.open(browser, `${link.slice(0, -8)}forged00`);
  await stranger.says(/This link is not valid/);
  await stranger.close();
  await stack.api.call('DELETE', '/api/streamers/trouble');
  // Its links ended with it; the shared credentials open any streamer that exists.
  const late = await ViewerPage.open(browser, link);
  await late.says(/This link is not valid/);
  await late.close();
  const knowing = await ViewerPage.open(browser, `${link.split('#')[0]}#token=${CREDENTIALS}`);
  await knowing.says(/Stream not found/);
  await knowing.close();
});
