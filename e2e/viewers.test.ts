import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamerDetail } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPerson } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

// One streamer at 720p60, watched by several people.

let browser: Browser;
let stack: Stack;
let link: string;
const open: ViewerPage[] = [];

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  const info = await stack.api.createStreamer('shared', { width: 1280, height: 720, fps: 60, bitrate: 10_000 });
  assert.equal(info.status, 'active');
  link = await stack.link('shared');
});
after(async () => {
  for (const viewer of open) await viewer.close();
  await browser?.close();
  await stack?.close();
});

async function join(options: { gamepad?: boolean } = {}): Promise<ViewerPage> {
  const viewer = await ViewerPage.open(browser, link, options);
  open.push(viewer);
  return viewer;
}

function assertAdvancing(numbers: number[]): void {
  for (const [i, number] of numbers.entries()) {
    if (i > 0) assert.ok(number >= numbers[i - 1]!, `frame numbers must not fall: ${numbers}`);
  }
  // A busy machine shows a picture twice or skips some, but the stream goes on.
  assert.ok(numbers.at(-1)! - numbers[0]! >= numbers.length / 2, `frame numbers must rise: ${numbers}`);
}

test('two pages show advancing pictures of the same stream', async () => {
  const [first, second] = await Promise.all([join(), join()]);
  await Promise.all([first.waitForPicture(), second.waitForPicture()]);
  const [a, b] = await Promise.all([first.frames(60), second.frames(60)]);
  assertAdvancing(a);
  assertAdvancing(b);
  // Read at the same time from one stream, so their ranges overlap.
  assert.ok(Math.max(a[0]!, b[0]!) < Math.min(a.at(-1)!, b.at(-1)!), `${a} and ${b}`);
  const { sessions } = await stack.host.state();
  assert.equal(sessions.length, 1);
});

test('a late third viewer gets a picture although the host sends no key frame unasked', async (context) => {
  const before = (await stack.host.state()).sessions[0]!;
  const third = await join();
  const waited = await third.waitForPicture();
  const [first] = await third.frames(1);
  context.diagnostic(`first picture ${Math.round(waited)} ms after the peer was connected`);
  const now = (await stack.host.state()).sessions[0]!;
  assert.ok(now.idrRequests > before.idrRequests, 'a key frame had to be asked for');
  assert.ok(now.idrRequests - before.idrRequests <= 2, 'and no more often than that');
  assert.ok(first! > before.framesSent - 2, 'it is the live picture, not an old one');
  const statistics = await third.statistics();
  assert.equal(statistics.width, 1280);
  assert.equal(statistics.codec, 'H264');
  const { host_encryption } = await stack.api.call<StreamerDetail>('GET', '/api/streamers/shared');
  assert.ok(host_encryption !== null);
  assert.deepEqual(statistics.hostEncryption, host_encryption);
  for (const viewer of open) await viewer.says(/2 other viewers/);
});

test('every viewer hears sound', async () => {
  for (const viewer of open) {
    const { audioBytes } = await viewer.statistics();
    await viewer.untilStatistics('more sound', (now) => now.audioBytes > audioBytes + 1000);
    assert.ok((await viewer.loudness(0.01)) >= 0.01, 'and it is not silence');
  }
});

test("the server's statistics cover what each browser gets", async () => {
  const read = () => stack.api.call<StreamerDetail>('GET', '/api/streamers/shared');
  const isKnown = ({ statistics }: StreamerDetail) =>
    statistics?.viewers.every(
      (viewer) => viewer.round_trip_ms !== null && viewer.estimated_bitrate_kbps !== null && viewer.bitrate_kbps > 0,
    ) ?? false;
  let detail = await read();
  // Browsers report once a second at least.
  for (const end = performance.now() + 15_000; !isKnown(detail) && performance.now() < end; await delay(200)) {
    detail = await read();
  }
  assert.ok(isKnown(detail), JSON.stringify(detail.statistics));
  const { viewers, host, viewer_totals } = detail.statistics!;
  assert.deepEqual(
    viewers.map(({ peer_id }) => peer_id).toSorted(),
    detail.peers.map(({ peer_id }) => peer_id).toSorted(),
  );
  const source = detail.statistics!.webrtc_stack === 'native' ? 'transport-cc' : 'remb';
  for (const { state, first_frame_ms, frames_sent, fraction_lost, estimated_bitrate_kbps, ...viewer } of viewers) {
    assert.equal(state, 'connected');
    assert.ok(first_frame_ms !== null && first_frame_ms > 0 && frames_sent > 0);
    assert.ok(estimated_bitrate_kbps !== null && estimated_bitrate_kbps > 0);
    assert.equal(viewer.estimate_source, source);
    assert.ok(fraction_lost !== null && fraction_lost >= 0 && fraction_lost <= 1);
  }
  assert.ok(host.bitrate_kbps > 0 && host.video.frames > 0 && host.round_trip_ms !== null);
  assert.equal(viewer_totals.joins, open.length);
});

test('where the browser wants a click before it plays sound, one button asks for it and takes the keyboard too', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  // Evaluating in a page from outside counts as a click, so the page itself has to report when it plays.
  await page.addInitScript(() => {
    const look = (): void => {
      const video = document.querySelector('moonshare-viewer')?.shadowRoot?.querySelector('video');
      if (video && video.currentTime > 0) console.log(`playing, muted: ${video.muted}`);
      else requestAnimationFrame(look);
    };
    look();
  });
  const playing = page.waitForEvent('console', (message) => message.text().startsWith('playing'));
  await page.goto(link);
  assert.equal((await playing).text(), 'playing, muted: true');
  await page.getByRole('button', { name: 'Click for sound' }).click();
  await page.getByText(/Keyboard and mouse control the remote computer/).waitFor();
  await page.getByRole('button', { name: 'Mute', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Click for sound' }).waitFor({ state: 'hidden' });
  await person.close();
});

test('the stream goes on with no viewers', async () => {
  for (const viewer of open.splice(0)) await viewer.close();
  const at = (await stack.host.state()).sessions[0]!.framesSent;
  // Longer than the five seconds after which a host misses somebody.
  await stack.host.until('400 frames for nobody', ({ sessions }) => (sessions[0]?.framesSent ?? 0) >= at + 400);
  const info = await stack.api.streamer('shared');
  assert.deepEqual([info.status, info.connected_peers], ['active', 0]);
  const back = await join();
  assertAdvancing(await back.frames(30));
});
