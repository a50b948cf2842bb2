import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import type { Relay } from './harness/relay.ts';
import { RelayedViewer } from './harness/relayed-viewer.ts';
import type { Stack } from './harness/stack.ts';
import type { ViewerPage } from './harness/viewer-page.ts';

let browser: Browser;
let relayed: RelayedViewer;
let stack: Stack;
let relay: Relay;
let viewer: ViewerPage;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
  // Over WebRTC alone: otherwise the WebSocket would take over when the media path is lost.
  relayed = await RelayedViewer.start(browser, { transport: 'webrtc' });
  ({ stack, relay, viewer } = relayed);
  await viewer.frames(10);
  await viewer.takeControl();
});
after(async () => {
  await relayed?.close();
  await browser?.close();
});

async function hold(key: string): Promise<{ inputs: number; keyFrames: number }> {
  await viewer.page.keyboard.down(key);
  await stack.host.until(`${key} is held`, ({ heldKeyNames }) => heldKeyNames.includes(key.toUpperCase()));
  const { idrRequests } = (await stack.host.state()).sessions[0]!;
  return { inputs: (await stack.host.input()).length, keyFrames: idrRequests };
}

for (const [what, cut] of [
  ["when the browser's address changes", () => relay.move()],
  ['when only the media path is lost', () => relay.move('udp')],
  ['when the socket breaks', () => relay.reset()],
] as const) {
  test(`${what}, the page says so and reconnects, keys stay held, and it costs one key frame`, async () => {
    await relayed.listen();
    const { inputs, keyFrames } = await hold('w');
    cut();
    await relayed.untilBackAfter('reconnecting');
    assert.ok((await relayed.seen()).said.length > 0, 'nothing was said');
    const state = await stack.host.state();
    assert.deepEqual(state.heldKeyNames, ['W']);
    assert.deepEqual((await stack.host.input()).slice(inputs), [], 'nothing reached the host');
    // One, and one more if a busy host takes longer than the half second after which it is asked again.
    const requests = state.sessions[0]!.idrRequests - keyFrames;
    assert.ok(requests <= 2, `${requests} key frames were asked for`);
    await viewer.page.keyboard.up('w');
    await stack.host.until('w is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
  });
}

test('a key released during an outage goes up once the page is back', async () => {
  await relayed.listen();
  await hold('d');
  relay.move();
  // Nothing that is sent arrives any more, whether the page has noticed or not.
  await viewer.page.keyboard.up('d');
  await relayed.untilBackAfter('reconnecting');
  await stack.host.until('d is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('a hanging host does not make the page reconnect', async () => {
  await relayed.listen();
  const joins = () => stack.log.filter((line) => line.includes('"peer joined"')).length;
  const before = joins();
  stack.host.stop();
  try {
    // The streamer asks the host again and again meanwhile, and finally reports that it is away.
    await viewer.says(/^The picture is frozen$/);
    await viewer.page.waitForFunction(() => document.querySelector('moonshare-viewer')?.state.kind === 'interrupted');
  } finally {
    stack.host.goOn();
  }
  await relayed.untilBackAfter('interrupted');
  assert.equal(joins(), before);
  assert.ok(!(await relayed.seen()).states.includes('reconnecting'));
});
