import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { RelayedViewer } from './harness/relayed-viewer.ts';
import type { ViewerPage } from './harness/viewer-page.ts';

// A page that came over plain HTTP from another machine, as browsers see it: it has WebRTC, but no WebCodecs.

let browser: Browser;
let relayed: RelayedViewer;
let viewer: ViewerPage;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
  relayed = await RelayedViewer.start(browser, { isSecure: false });
  ({ viewer } = relayed);
});
after(async () => {
  await relayed?.close();
  await browser?.close();
});

async function source(): Promise<'MediaStream' | 'MediaSource'> {
  return viewer.page.evaluate(() => {
    const { srcObject, src } = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
    if (srcObject === null && src.startsWith('blob:')) return 'MediaSource';
    if (srcObject instanceof MediaStream) return 'MediaStream';
    throw new Error('the picture comes from nowhere');
  });
}

async function assertPictureMoves(): Promise<void> {
  const numbers = await viewer.frames(5);
  assert.ok(numbers.at(-1)! > numbers[0]!, `${numbers}`);
}

test('UDP is cut: the picture goes on by MediaSource', async () => {
  assert.deepEqual(await viewer.page.evaluate(() => [isSecureContext, 'VideoDecoder' in globalThis]), [false, false]);
  await relayed.untilCarriedBy('webrtc');
  await assertPictureMoves();
  assert.equal(await source(), 'MediaStream');
  relayed.relay.blockUdp(true);
  await relayed.untilCarriedBy('websocket');
  await assertPictureMoves();
  assert.equal(await source(), 'MediaSource');
});

test('where UDP has never got through, people see, hear and type all the same', async (t) => {
  await viewer.page.evaluate(() => localStorage.clear());
  await viewer.reload();
  await assertPictureMoves();
  await viewer.says(/^Live$/);
  const statistics = await viewer.untilStatistics('sound', ({ audioBytes }) => audioBytes > 0);
  assert.deepEqual([statistics.transport, statistics.codec, statistics.soundGaps], ['websocket', 'H264', null]);
  await viewer.takeControl();
  await viewer.page.keyboard.down('w');
  await relayed.stack.host.until('W held', ({ heldKeyNames }) => heldKeyNames.join() === 'W');
  await viewer.untilStatistics('rates', ({ jitterBufferMs, framesPerSecond }) => {
    if (jitterBufferMs === null || framesPerSecond === null) return false;
    t.diagnostic(`shown ${Math.round(jitterBufferMs)} ms after it came`);
    return true;
  });
});
