import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { mediaThroughRelay, Relay } from './harness/relay.ts';
import { Stack, someUdpPorts } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

let browser: Browser;
let stack: Stack;
let relay: Relay;
let viewer: ViewerPage;
const mediaPort = Number(someUdpPorts().split('-')[0]);

before(async () => {
  await buildWeb();
  const environment = { MOONSHARE_UDP_PORTS: `${mediaPort}-${mediaPort}` };
  [browser, stack] = await Promise.all([launchChromium(), Stack.start({}, { environment })]);
  await stack.api.createStreamer('moving');
  const link = new URL(await stack.link('moving'));
  // Otherwise the WebSocket would take over when the media path is lost.
  link.searchParams.set('transport', 'webrtc');
  relay = await Relay.start(Number(link.port), mediaPort);
  viewer = await ViewerPage.open(browser, relay.through(link.href), { before: mediaThroughRelay });
  await viewer.frames(10);
  await viewer.takeControl();
});
after(async () => {
  await viewer?.close();
  await browser?.close();
  await stack?.close();
  await relay?.close();
});

/** What the page says over its picture, and the states of its connection, from now on. */
async function listen(): Promise<() => Promise<{ said: string[]; states: string[] }>> {
  await viewer.page.evaluate(() => {
    const element = document.querySelector('moonshare-viewer')!;
    const title = element.shadowRoot!.querySelector('.notice h2')!;
    const seen = { said: [] as string[], states: [] as string[] };
    Reflect.set(globalThis, 'seen', seen);
    new MutationObserver(() => seen.said.push(title.textContent!)).observe(title, { childList: true });
    element.addEventListener('statechange', () => seen.states.push(element.state.kind));
  });
  return () => viewer.page.evaluate(() => Reflect.get(globalThis, 'seen') as { said: string[]; states: string[] });
}

async function hold(key: string): Promise<{ inputs: number; keyFrames: number }> {
  await viewer.page.keyboard.down(key);
  await stack.host.until(`${key} is held`, ({ heldKeyNames }) => heldKeyNames.includes(key.toUpperCase()));
  const { idrRequests } = (await stack.host.state()).sessions[0]!;
  return { inputs: (await stack.host.input()).length, keyFrames: idrRequests };
}

async function untilBack(): Promise<void> {
  await viewer.page.waitForFunction(() => {
    const { states } = Reflect.get(globalThis, 'seen') as { states: string[] };
    return states.includes('reconnecting') && states.at(-1) === 'playing';
  });
  await viewer.frames(10);
  await viewer.says(/^Live$/);
}

for (const [what, cut] of [
  ["when the browser's address changes", () => relay.move()],
  ['when only the media path is lost', () => relay.move('udp')],
  ['when the socket breaks', () => relay.reset()],
] as const) {
  test(`${what}, the page says so and reconnects, keys stay held, and it costs one key frame`, async () => {
    const seen = await listen();
    const { inputs, keyFrames } = await hold('w');
    cut();
    await untilBack();
    assert.ok((await seen()).said.length > 0, 'nothing was said');
    const state = await stack.host.state();
    assert.deepEqual(state.heldKeyNames, ['W']);
    assert.deepEqual((await stack.host.input()).slice(inputs), [], 'nothing reached the host');
    assert.ok(state.sessions[0]!.idrRequests - keyFrames <= 1, 'more than one key frame');
    await viewer.page.keyboard.up('w');
    await stack.host.until('w is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
  });
}

test('a key released during an outage goes up once the page is back', async () => {
  await listen();
  await hold('d');
  relay.move();
  // Nothing that is sent arrives any more, whether the page has noticed or not.
  await viewer.page.keyboard.up('d');
  await untilBack();
  await stack.host.until('d is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('a hanging host does not make the page reconnect', async () => {
  const seen = await listen();
  const joins = () => stack.log.filter((line) => line.includes('"peer joined"')).length;
  const before = joins();
  stack.host.stop();
  try {
    // The streamer asks the host again and again meanwhile, and finally reports that it is away.
    await viewer.says(/^The picture is frozen$/);
    await viewer.page.waitForFunction(() => {
      const { states } = Reflect.get(globalThis, 'seen') as { states: string[] };
      return states.includes('interrupted');
    });
  } finally {
    stack.host.goOn();
  }
  await viewer.frames(10);
  assert.equal(joins(), before);
  assert.ok(!(await seen()).states.includes('reconnecting'));
});
