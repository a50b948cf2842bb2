import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { streamersOf } from './harness/processes.ts';
import type { Relay } from './harness/relay.ts';
import { RelayedViewer } from './harness/relayed-viewer.ts';
import type { Stack } from './harness/stack.ts';
import type { ViewerPage } from './harness/viewer-page.ts';

// One page at one stream, while UDP gets through and does not: each test goes on where the one before ended.

let browser: Browser;
let relayed: RelayedViewer;
let stack: Stack;
let relay: Relay;
let viewer: ViewerPage;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
  relayed = await RelayedViewer.start(browser, { blocksUdp: true, gamepad: true });
  ({ stack, relay, viewer } = relayed);
});
after(async () => {
  await relayed?.close();
  await browser?.close();
});

/** A still picture says so after three seconds, and a connection without one is given up sooner. A busy machine may need longer to change. */
const PATIENCE_MS = 2_500;
const ATTEMPTS = 5;

/** W, and the first button of the gamepad; returns how much input the host had then. */
async function hold(): Promise<number> {
  await viewer.takeControl();
  await viewer.page.keyboard.down('w');
  await viewer.pressGamepad(0, true);
  await stack.host.until('both are held', ({ heldKeyNames, gamepads }) => {
    return heldKeyNames.includes('W') && gamepads.some(({ pressed }) => pressed.length > 0);
  });
  return (await stack.host.input()).length;
}

let inputs: number;

async function releaseAll(): Promise<void> {
  await viewer.page.keyboard.up('w');
  await viewer.pressGamepad(0, false);
  await stack.host.until('nothing is held', ({ heldKeyNames, gamepads }) => {
    return heldKeyNames.length === 0 && gamepads.every(({ pressed }) => pressed.length === 0);
  });
}

/** Milliseconds until the WebSocket carried. */
async function cutUdp(): Promise<number> {
  await relayed.listen();
  const cutAt = performance.now();
  relay.blockUdp(true);
  await relayed.untilCarriedBy('websocket');
  return performance.now() - cutAt;
}

/** The page is at its beginning again, where UDP has always got through, and holds the same. */
async function startOver(): Promise<void> {
  await releaseAll();
  relay.blockUdp(false);
  await viewer.page.evaluate(() => localStorage.clear());
  await viewer.reload();
  await relayed.untilCarriedBy('webrtc');
  await viewer.frames(10);
  inputs = await hold();
}

async function isStillHeld(): Promise<void> {
  const { heldKeyNames, gamepads } = await stack.host.state();
  assert.deepEqual([heldKeyNames, gamepads.map(({ pressed }) => pressed)], [['W'], [['a']]]);
  // The same state of a gamepad may be sent again, but nothing else.
  const others = (await stack.host.input()).slice(inputs).filter(({ pressed }) => pressed?.join() !== 'a');
  assert.deepEqual(others, [], 'input reached the host');
}

test('where UDP does not get through, the picture comes over the WebSocket, and input works', async (t) => {
  const [first] = await viewer.frames(5);
  assert.ok(first !== undefined);
  await relayed.untilCarriedBy('websocket');
  assert.equal((await viewer.statistics()).transport, 'websocket');
  const shown = await viewer.page.evaluate(() => performance.now());
  t.diagnostic(`pictures ${Math.round(shown)} ms after the page was opened`);
  await viewer.says(/^Live$/);
  inputs = await hold();
});

test('UDP comes back: WebRTC takes over, the page says nothing, and nothing is released or pressed again', async () => {
  await relayed.listen();
  relay.blockUdp(false);
  await viewer.page.evaluate(() => dispatchEvent(new Event('online')));
  await relayed.untilCarriedBy('webrtc');
  await viewer.frames(10);
  assert.deepEqual(await relayed.seen(), { said: [], states: [] });
  await isStillHeld();
});

test('UDP is cut: the WebSocket takes over in the same way, and then everything can be released', async (t) => {
  for (let attempt = 1; ; attempt += 1) {
    const ms = await cutUdp();
    t.diagnostic(`carried by the WebSocket after ${Math.round(ms)} ms`);
    if (ms < PATIENCE_MS) break;
    assert.ok(attempt < ATTEMPTS, 'the WebSocket never took over in time');
    await startOver();
  }
  await viewer.frames(10);
  assert.deepEqual(await relayed.seen(), { said: [], states: [] });
  await isStillHeld();
  await releaseAll();
});

test("the streamer's process dies: the picture is back over the WebSocket", async () => {
  await relayed.listen();
  for (const pid of await streamersOf(process.pid)) process.kill(pid, 'SIGKILL');
  await relayed.untilBackAfter('interrupted');
  await relayed.untilCarriedBy('websocket');
  const { states } = await relayed.seen();
  assert.ok(!states.includes('reconnecting'), states.join(', '));
});

test('all sockets break: the picture is back', async () => {
  await relayed.listen();
  relay.reset();
  await relayed.untilBackAfter('reconnecting');
  await relayed.untilCarriedBy('websocket');
});
