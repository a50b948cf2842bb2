// A browser whose network carries less than the stream needs, over WebRTC, and more again later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { StreamerDetail, ViewerStatistics } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { RelayedViewer } from './harness/relayed-viewer.ts';
import { poll } from './harness/virtual-host.ts';

const LINE_KBPS = 1_000;
const FRAME_BYTES = 20_000;
/** 20 frames a second of that size. */
const STREAM_KBPS = 3_200;

let browser: Browser;
let relayed: RelayedViewer;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
  relayed = await RelayedViewer.start(browser, { transport: 'webrtc', host: { quirks: { frameBytes: FRAME_BYTES } } });
});
after(async () => {
  await relayed?.close();
  await browser?.close();
});

async function untilViewer(what: string, wanted: (viewer: ViewerStatistics) => boolean): Promise<ViewerStatistics> {
  const detail = await poll(
    `a viewer who ${what}`,
    () => relayed.stack.api.call<StreamerDetail>('GET', '/api/streamers/relayed'),
    ({ statistics }) => statistics?.viewers.some(wanted) === true,
  );
  return detail.statistics!.viewers.find(wanted)!;
}

// Over 20 s: five until the network counts as too slow, five until the trial, and five in which it has to hold.
test('a viewer behind 1 Mbit/s is told so, as when packets arrive shows it, and sees everything once its line is wide again', async (t) => {
  const { viewer, relay } = relayed;
  await viewer.frames(10);
  const wide = await untilViewer('reports', ({ estimated_bitrate_kbps: kbps }) => kbps !== null);
  assert.equal(wide.estimate_source, 'transport-cc');

  relay.narrowUdp(LINE_KBPS);
  const slow = await untilViewer('gets less', ({ rung }) => rung === 'reduced');
  await viewer.says(/Your network carries [\d.]+ of [\d.]+ Mbit\/s, so you see fewer pictures/);
  const { estimate_source, estimate_is_minimum, estimated_bitrate_kbps } = slow;
  t.diagnostic(`${estimated_bitrate_kbps} of ${LINE_KBPS} kbit/s`);
  assert.deepEqual([estimate_source, estimate_is_minimum], ['transport-cc', false]);
  // How exactly is for the estimator's own tests: a busy machine delivers in bursts.
  assert.ok(estimated_bitrate_kbps! > LINE_KBPS / 5 && estimated_bitrate_kbps! < STREAM_KBPS);
  await viewer.frames(2);

  relay.narrowUdp(null);
  await untilViewer('gets everything again', ({ rung }) => rung === 'full');
  await viewer.frames(10);
});
