import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { VideoFormat } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { SMALL } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
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

async function viewerOf(codec: keyof typeof VideoFormat): Promise<ViewerPage> {
  await stack.api.createStreamer(codec, { ...SMALL, video_supported_formats: VideoFormat[codec] });
  return ViewerPage.open(browser, await stack.link(codec));
}

test('AV1 plays', async () => {
  const viewer = await viewerOf('AV1');
  await viewer.frames(20);
  assert.equal((await viewer.statistics()).codec, 'AV1');
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/AV1');
});

test('HEVC in a browser that has none is said in plain words', async () => {
  const viewer = await viewerOf('HEVC');
  await viewer.says(/This browser cannot play the stream/);
  await viewer.says(/ask for the stream in H\.264/);
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/HEVC');
});
