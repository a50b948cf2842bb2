import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { nextFrames } from './harness/frames.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll } from './harness/virtual-host.ts';

// What breaks, and what people see of it.

let browser: Browser;
let stack: Stack;
let viewer: ViewerPage;

before(async () => {
  await buildWeb();
  browser = await launchChromium();
});
after(() => browser?.close());

beforeEach(async () => {
  stack = await Stack.start();
  await stack.createStreamer('trouble');
  viewer = await ViewerPage.open(browser, await stack.link('trouble'));
  await viewer.frames(5);
});
afterEach(async () => {
  await viewer?.close();
  await stack?.close();
});

test('with 5 % of the datagrams dropped no picture is corrupted', async () => {
  await stack.host.drop(5);
  const shown = await nextFrames(viewer.page, 150);
  const { datagramsDropped } = (await stack.host.state()).sessions[0]!;
  assert.ok(datagramsDropped > 0);
  assert.deepEqual(
    shown.filter(({ number }) => number === null),
    [],
  );
  const numbers = shown.map(({ number }) => number!);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test('after a while of 30 % the picture comes back by itself', async () => {
  await stack.host.drop(30);
  const from = (await stack.host.state()).sessions[0]!;
  await stack.host.until('90 frames under loss', ({ sessions }) => sessions[0]!.framesSent > from.framesSent + 90);
  await stack.host.drop(0);
  const end = (await stack.host.state()).sessions[0]!.framesSent;
  await poll(
    'whole pictures from after the loss',
    () => nextFrames(viewer.page, 30),
    (shown) => shown.every(({ number }) => number !== null && number >= end),
  );
});

test('DELETE ends page, process and host session', async () => {
  const before = await streamerProcesses();
  assert.equal(before.length, 1);
  await stack.api('DELETE', '/api/streamers/trouble');
  await viewer.says(/The stream has ended/);
  assert.deepEqual(await streamerProcesses(), []);
  await stack.host.until('no session', ({ sessions, app }) => sessions.length === 0 && app === null);
  await assert.rejects(stack.api('GET', '/api/streamers/trouble'), /404/);
});

test('a killed streamer is told to the page at once and in the status', async () => {
  const [pid] = await streamerProcesses();
  process.kill(pid!, 'SIGKILL');
  await viewer.says(/The stream broke off/);
  const info = await stack.api<{ status: string; error: { code: string } }>('GET', '/api/streamers/trouble');
  assert.deepEqual([info.status, info.error.code], ['failed', 'STREAMER_DIED']);
});

test('a host that dies is told to the page', async () => {
  await stack.host.kill();
  await viewer.says(/host/i);
});

/** Children of this process that run the streamer's program. */
async function streamerProcesses(): Promise<number[]> {
  const pids: number[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '')),
    );
    const parent = Number(stat!.slice(stat!.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === process.pid && command!.includes('packages/streamer/main.ts')) pids.push(Number(entry));
  }
  return pids;
}
