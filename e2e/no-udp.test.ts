import { test } from 'node:test';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

/** How long the server waits for a peer connection: a tenth of the real limit, as none will be made. */
const CONNECT_LIMIT_MS = 2_000;

test('a browser that UDP cannot reach, and that may use nothing else, is told so, and keeps trying', async () => {
  await buildWeb();
  const stack = await Stack.start({}, { connectLimitMs: CONNECT_LIMIT_MS });
  const walled = await launchChromium('--webrtc-ip-handling-policy=disable_non_proxied_udp');
  try {
    await stack.api.createStreamer('walled');
    const link = new URL(await stack.link('walled'));
    link.searchParams.set('transport', 'webrtc');
    const outsider = await ViewerPage.open(walled, link.href);
    await outsider.says(/UDP does not get through.* Retrying automatically/);
    await outsider.close();
  } finally {
    await walled.close();
    await stack.close();
  }
});
