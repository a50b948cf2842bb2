import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

let browser: Browser;
let stack: Stack;

before(async () => {
  await buildWeb();
  // The streamer gives a busy page time to find out what is wrong before it says by itself that the host is gone.
  const environment = { MOONSHARE_VIDEO_TIMEOUT_SECONDS: '15' };
  [browser, stack] = await Promise.all([launchChromium(), Stack.start({}, { environment })]);
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

/** Every text that the page's status shows from now on, in order. */
async function watchStatus(viewer: ViewerPage): Promise<() => Promise<string[]>> {
  await viewer.page.evaluate(() => {
    const status = document.querySelector('.status')!;
    const shown = [status.textContent!];
    Reflect.set(globalThis, 'shown', shown);
    new MutationObserver(() => shown.push(status.textContent!)).observe(status, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  return () => viewer.page.evaluate(() => Reflect.get(globalThis, 'shown') as string[]);
}

test('when the host hangs the page says that the picture is frozen, then why, and is live again with the picture', async () => {
  await stack.api.createStreamer('standing');
  const viewer = await ViewerPage.open(browser, await stack.link('standing'));
  await viewer.frames(10);
  await viewer.says(/^Live$/);
  const statuses = await watchStatus(viewer);
  process.kill(stack.host.pid, 'SIGSTOP');
  try {
    await viewer.says(/^The picture is frozen$/);
    assert.deepEqual(await statuses(), ['Live', 'Frozen']);
    await viewer.says(/gets no picture from the host|stopped responding|not sending a picture/);
  } finally {
    process.kill(stack.host.pid, 'SIGCONT');
  }
  await viewer.frames(10);
  await viewer.says(/^Live$/);
  await viewer.page.locator('moonshare-viewer .notice').waitFor({ state: 'hidden' });
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/standing');
});

test('a background tab does not report a frozen picture', async () => {
  await stack.api.createStreamer('hidden');
  const viewer = await ViewerPage.open(browser, await stack.link('hidden'));
  await viewer.frames(10);
  await viewer.says(/^Live$/);
  const statuses = await watchStatus(viewer);
  // Like a browser that renders no frames in a hidden tab.
  await viewer.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  process.kill(stack.host.pid, 'SIGSTOP');
  // Longer than a picture may stand still; there is no event for the absence of a message.
  await new Promise((next) => setTimeout(next, 1500));
  process.kill(stack.host.pid, 'SIGCONT');
  assert.deepEqual(await statuses(), ['Live']);
  await viewer.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: false, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await viewer.frames(10);
  await viewer.says(/^Live$/);
  await viewer.close();
  await stack.api.call('DELETE', '/api/streamers/hidden');
});
