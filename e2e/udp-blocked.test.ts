import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TransportKind } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { streamersOf } from './harness/processes.ts';
import { mediaThroughRelay, Relay } from './harness/relay.ts';
import { Stack, someUdpPorts } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

// One page at one stream, while UDP gets through and does not: each test goes on where the one before ended.

let browser: Browser;
let stack: Stack;
let relay: Relay;
let viewer: ViewerPage;
const mediaPort = Number(someUdpPorts().split('-')[0]);

before(async () => {
  await buildWeb();
  const environment = { MOONSHARE_UDP_PORTS: `${mediaPort}-${mediaPort}` };
  [browser, stack] = await Promise.all([launchChromium(), Stack.start({}, { environment })]);
  await stack.api.createStreamer('walled');
  const link = new URL(await stack.link('walled'));
  relay = await Relay.start(Number(link.port), mediaPort);
  relay.blockUdp(true);
  viewer = await ViewerPage.open(browser, relay.through(link.href), { before: mediaThroughRelay, gamepad: true });
});
after(async () => {
  await viewer?.close();
  await browser?.close();
  await stack?.close();
  await relay?.close();
});

function untilCarriedBy(transport: TransportKind): Promise<unknown> {
  return viewer.page.waitForFunction((by) => document.querySelector('moonshare-viewer')?.transport === by, transport);
}

/** What the page says over its picture, and the states of its connection, from now on. */
async function listen(): Promise<() => Promise<string[]>> {
  await viewer.page.evaluate(() => {
    const element = document.querySelector('moonshare-viewer')!;
    const notice = element.shadowRoot!.querySelector<HTMLElement>('.notice')!;
    const seen: string[] = [];
    Reflect.set(globalThis, 'seen', seen);
    const look = () => !notice.hidden && seen.push(notice.textContent!);
    new MutationObserver(look).observe(notice, { attributes: true, childList: true, subtree: true });
    element.addEventListener('statechange', () => seen.push(element.state.kind));
  });
  return () => viewer.page.evaluate(() => Reflect.get(globalThis, 'seen') as string[]);
}

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
  await untilCarriedBy('websocket');
  assert.equal((await viewer.statistics()).transport, 'websocket');
  const shown = await viewer.page.evaluate(() => performance.now());
  t.diagnostic(`pictures ${Math.round(shown)} ms after the page was opened`);
  await viewer.says(/^Live$/);
  inputs = await hold();
});

test('UDP comes back: WebRTC takes over, the page says nothing, and nothing is released or pressed again', async () => {
  const seen = await listen();
  relay.blockUdp(false);
  await viewer.page.evaluate(() => dispatchEvent(new Event('online')));
  await untilCarriedBy('webrtc');
  await viewer.frames(10);
  assert.deepEqual(await seen(), []);
  await isStillHeld();
});

test('UDP is cut: the WebSocket takes over in the same way, and then everything can be released', async () => {
  const seen = await listen();
  relay.blockUdp(true);
  await untilCarriedBy('websocket');
  await viewer.frames(10);
  assert.deepEqual(await seen(), []);
  await isStillHeld();
  await viewer.page.keyboard.up('w');
  await viewer.pressGamepad(0, false);
  await stack.host.until('nothing is held', ({ heldKeyNames, gamepads }) => {
    return heldKeyNames.length === 0 && gamepads.every(({ pressed }) => pressed.length === 0);
  });
});

test("the streamer's process dies: the picture is back over the WebSocket", async () => {
  const seen = await listen();
  for (const pid of await streamersOf(process.pid)) process.kill(pid, 'SIGKILL');
  await viewer.page.waitForFunction(() => {
    const seen = Reflect.get(globalThis, 'seen') as string[];
    return seen.includes('interrupted') && seen.lastIndexOf('playing') > seen.indexOf('interrupted');
  });
  await untilCarriedBy('websocket');
  await viewer.frames(10);
  assert.ok(!(await seen()).includes('reconnecting'), (await seen()).join(', '));
  await viewer.says(/^Live$/);
});

test('all sockets break: the picture is back', async () => {
  relay.reset();
  await viewer.page.waitForFunction(() => document.querySelector('moonshare-viewer')?.state.kind === 'reconnecting');
  await untilCarriedBy('websocket');
  await viewer.frames(10);
  await viewer.says(/^Live$/);
});
