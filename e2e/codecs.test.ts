import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VideoFormat } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { SMALL } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { nextFrames } from './harness/frames.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

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

async function viewerOf(
  codec: keyof typeof VideoFormat,
  options: Parameters<typeof ViewerPage.open>[2] = {},
): Promise<ViewerPage> {
  await stack.api.createStreamer(codec, { ...SMALL, video_supported_formats: VideoFormat[codec] });
  return ViewerPage.open(browser, await stack.link(codec), options);
}

test('AV1 plays', async () => {
  const viewer = await viewerOf('AV1');
  // The encoder may blur the squares of one of its first pictures; a lost reference would spoil all that follow.
  const numbers = (await nextFrames(viewer.page, 30)).flatMap(({ number }) => number ?? []);
  assert.ok(numbers.length >= 25, `${numbers.length} of 30 pictures can be read`);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  assert.equal((await viewer.statistics()).codec, 'AV1');
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/AV1');
});

test('a browser without HEVC says so in plain words', async () => {
  const viewer = await viewerOf('HEVC');
  await viewer.says(/This browser cannot play HEVC/);
  await viewer.says(/ask for the stream in (that|H\.264)/);
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/HEVC');
});

/** Runs in the page: no H.264 over WebRTC, as in a Firefox without its plugin. */
function withoutH264(): void {
  const { addTransceiver } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addTransceiver = function (kind, init) {
    const transceiver = addTransceiver.call(this, kind, init);
    const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
    if (kind === 'video') transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType !== 'video/H264'));
    return transceiver;
  };
}

test('a browser that plays H.264, but not over WebRTC, gets it over the WebSocket; where it must not, the codec and the plugin are named', async () => {
  const viewer = await viewerOf('H264', { before: withoutH264 });
  await viewer.frames(5);
  await viewer.says(/^Live$/);
  assert.equal((await viewer.statistics()).transport, 'websocket');
  await viewer.visit(await stack.link('H264'), 'webrtc');
  await viewer.says(/This browser cannot play H\.264/);
  await viewer.says(/OpenH264/);
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/H264');
});
