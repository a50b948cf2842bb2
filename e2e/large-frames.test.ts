// Runs alone: a busy machine loses packets of frames this large, and the test counts how many key frames that costs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { SMALL } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

/** At most two key frames: that of the join, and one more if a busy machine damaged it beyond repair. */
const MAX_REQUESTS = 2;

before(() => buildWeb());

async function joins(browser: Browser, keyFrameBytes: number): Promise<void> {
  const stack = await Stack.start({ quirks: { keyFrameBytes } });
  try {
    await stack.api.createStreamer('large', SMALL);
    const before = (await stack.host.state()).sessions[0]!.idrRequests;
    const viewer = await ViewerPage.open(browser, await stack.link('large'), { transport: 'webrtc' });
    await viewer.waitForPicture();
    const { idrRequests } = (await stack.host.state()).sessions[0]!;
    assert.ok(idrRequests - before <= MAX_REQUESTS, `${idrRequests - before} key frames asked for`);
    await viewer.frames(20);
    await viewer.close();
  } finally {
    await stack.close();
  }
}

describe('viewers of a host with large key frames', () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  for (const bytes of [1_250_000, 2_500_000])
    test(`see the picture with key frames of ${bytes} bytes`, () => joins(browser, bytes));

  test('are told that frames of 3 MB may be too large for a browser, and see them over a WebSocket', async () => {
    const stack = await Stack.start({ quirks: { keyFrameBytes: 3_000_000 } });
    try {
      await stack.api.createStreamer('large', SMALL);
      const told = await ViewerPage.open(browser, await stack.link('large'), { transport: 'webrtc' });
      await told.says(/Waiting for the picture/);
      await told.says(/too large for a browser/);
      await told.close();
      const shown = await ViewerPage.open(browser, await stack.link('large'));
      await shown.frames(5);
      await shown.says(/^Live$/);
      await shown.close();
    } finally {
      await stack.close();
    }
  });
});

test('a Chromium that keeps more than 2048 packets of a frame shows key frames of 4.1 MB', async () => {
  const browser = await launchChromium('--force-fieldtrials=WebRTC-PacketBufferMaxSize/8192/');
  try {
    await joins(browser, 4_100_000);
  } finally {
    await browser.close();
  }
});
