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
  [browser, stack] = await Promise.all([launchChromium(), Stack.start({ fec: 0 })]);
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

test('the page warns of a poor network between server and host while it lasts, also those who join meanwhile', async () => {
  await stack.api.createStreamer('rainy');
  const first = await ViewerPage.open(browser, await stack.link('rainy'));
  await first.frames(5);
  await stack.host.drop(40);
  await first.says(/Poor connection between server and host/);
  const second = await ViewerPage.open(browser, await stack.link('rainy'));
  await second.says(/Poor connection between server and host/);
  await stack.host.drop(0);
  for (const viewer of [first, second]) {
    await viewer.page.getByText('Poor connection').waitFor({ state: 'detached' });
    await viewer.says(/Live/);
    await viewer.close();
  }
});
