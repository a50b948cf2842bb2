import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
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
let stack: Stack;
let viewer: ViewerPage;
/** A host that returns remembers whom it paired. */
let stateDir: string;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
});
after(() => browser?.close());

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'moonshare-e2e-host-'));
  stack = await Stack.start({ stateDir });
  await stack.api.createStreamer('trouble');
  viewer = await ViewerPage.open(browser, await stack.link('trouble'));
  await viewer.frames(5);
});
afterEach(async () => {
  await viewer?.close();
  await stack?.close();
  await rm(stateDir, { recursive: true });
});

test('with 5 % of the datagrams dropped, no picture is corrupted', async () => {
  await stack.host.drop(5);
  const shown = await nextFrames(viewer.page, 150);
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
  await stack.host.drop(30);
  const from = (await stack.host.state()).sessions[0]!;
  await stack.host.until('90 frames under loss', ({ sessions }) => sessions[0]!.framesSent > from.framesSent + 90);
  await stack.host.drop(0);
  const end = (await stack.host.state()).sessions[0]!.framesSent;
  await poll(
    'whole pictures from after the loss',
    () => nextFrames(viewer.page, 30),
    (shown) => shown.every(({ number }) => number !== null && number >= end),
  );
});

test('DELETE ends page, process and host session', async () => {
  assert.equal((await streamersOf(process.pid)).length, 1);
  await stack.api.call('DELETE', '/api/streamers/trouble');
  await viewer.says(/The stream has ended/);
  assert.deepEqual(await streamersOf(process.pid), []);
  await stack.host.until('no session', ({ sessions, app }) => sessions.length === 0 && app === null);
  await assert.rejects(stack.api.streamer('trouble'), /404/);
});

test('a socket broken by a proxy is replaced, and the picture goes on with a new peer', async () => {
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
});

test('protocol/4 §7.13: the page is told of a killed streamer, and has the picture back without a reload', async (context) => {
  const [pid] = await streamersOf(process.pid);
  await viewer.page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
  const [before] = (await stack.api.streamer('trouble')).peers;
  await viewer.takeControl();
  await viewer.page.keyboard.down('k');
  await stack.host.until('the key is held', ({ heldKeyNames }) => heldKeyNames.includes('K'));
  const told = viewer.says(/The stream stopped unexpectedly/);
  const killedAt = performance.now();
  process.kill(pid!, 'SIGKILL');
  await told;
  await viewer.waitForPicture();
  await viewer.frames(1);
  context.diagnostic(`the picture was back ${Math.round(performance.now() - killedAt)} ms after the kill`);
  await viewer.frames(10);
  const after = await stack.api.streamer('trouble');
  assert.deepEqual([after.status, after.peers], ['active', [before]]);
  assert.notDeepEqual(await streamersOf(process.pid), [pid]);
  assert.equal(await viewer.page.evaluate(() => 'sameDocument' in globalThis), true);
  // The key is released where it was pressed, and input works as before.
  await viewer.page.keyboard.up('k');
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
  await viewer.page.keyboard.press('m');
  await stack.host.untilInput('the next key', (input) => input.some(({ key }) => key === 'M'));
});

test('the page is told when the host dies, and when it returns so does the picture, on the same connections', async () => {
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
  await viewer.page.keyboard.press('m');
  await stack.host.untilInput('the next key', (input) => input.some(({ key }) => key === 'M'));
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('a host that hangs is treated like one that died, and serves again when it goes on; no key stays down', async () => {
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
  await viewer.page.keyboard.press('m');
  await stack.host.untilInput('the next key', (input) => input.some(({ key }) => key === 'M'));
  await stack.host.until('no key is held', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('a link with a wrong token and a link to no stream are each explained', async () => {
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
