import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { SMALL } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { audibleChannels, channelNotes } from './harness/sound.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll } from './harness/virtual-host.ts';

// The host's surround sound, from the API to what the page decodes: each channel of the virtual host has its own note.

let browser: Browser;
let stack: Stack;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

/** Waits until each channel of the page has exactly the notes of these host channels. */
const settled = (viewer: ViewerPage, wanted: number[][]) =>
  poll(
    'the sound of the page',
    async () => (await channelNotes(viewer.page)).map((notes) => audibleChannels(notes)),
    (channels) => JSON.stringify(channels) === JSON.stringify(wanted),
  );

// Over the WebSocket once: each layout is in the tests of its player, and streamers pass all on alike.
for (const { surround, name, transport, channels, left, right } of [
  { surround: 6, name: '5.1', transport: 'webrtc', channels: [0, 1, 2, 3, 4, 5], left: [0, 2, 4], right: [1, 2, 5] },
  { surround: 6, name: '5.1', transport: 'websocket', channels: [0, 1, 2, 3, 4, 5], left: [0, 2, 4], right: [1, 2, 5] },
  {
    surround: 8,
    name: '7.1',
    transport: 'webrtc',
    channels: [0, 1, 2, 3, 4, 5, 6, 7],
    left: [0, 2, 4, 6],
    right: [1, 2, 5, 7],
  },
] as const)
  test(`${name} reaches the browser over ${transport} with each channel in place, or mixed down for one that wants stereo`, async () => {
    const id = `sound-${surround}-${transport}`;
    const info = await stack.api.createStreamer(id, { ...SMALL, surround });
    assert.equal(info.surround, surround);
    const link = await stack.link(id);
    const viewers = await Promise.all([
      ViewerPage.open(browser, link, { transport }),
      ViewerPage.open(browser, `${link}&sound=stereo`, { transport }),
    ]);
    for (const viewer of viewers) {
      await viewer.frames(1);
      // Chromium plays what a page decodes itself only after a click.
      await viewer.takeControl();
    }
    const [full, stereo] = viewers;
    await settled(
      full,
      channels.map((channel) => [channel]),
    );
    await full.says(new RegExp(`${name} sound(?! ?,)`));
    await settled(stereo, [[...left], [...right]]);
    await stereo.says(new RegExp(`stereo sound, mixed from ${name}`));
    await Promise.all([full.close(), stereo.close()]);
    await stack.api.call('DELETE', `/api/streamers/${id}`);
  });

test('a viewer who joins before the stream is up hears surround too', async () => {
  const slow = await Stack.start({ quirks: { rtspRefusedMs: 4000 } });
  try {
    const created = slow.api.createStreamer('early', { ...SMALL, surround: 6 });
    await poll(
      'the streamer to be there',
      () => slow.api.streamer('early').catch(() => null),
      (info) => info !== null,
    );
    const viewer = await ViewerPage.open(browser, await slow.link('early'));
    await created;
    await viewer.frames(1);
    await settled(viewer, [[0], [1], [2], [3], [4], [5]]);
    await viewer.close();
  } finally {
    await slow.close();
  }
});
