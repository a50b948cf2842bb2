import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { StreamerInfo } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../harness/chromium.ts';
import { poll } from '../harness/virtual-host.ts';
import { FrontEndPage } from './front-end-page.ts';
import { type OldServer, startOldServer } from './old-server.ts';

// `mode` and `session_id` of the later legacy caller, protocol/4 §3, with real pictures.

const APP = { app_id: 881448767 };
const STARTS = 'StageStarting Starting the app';

let browser: Browser;
let server: OldServer;
let pages: FrontEndPage[] = [];
/** Pages that stream nothing. */
const idle: FrontEndPage[] = [];

before(async () => {
  browser = await launchChromium();
  server = await startOldServer({ fec: 0 }, { MOONSHARE_LEGACY_KEEP_SECONDS: '300' });
  await server.api.pair();
});
after(async () => {
  for (const page of idle) await page.close();
  await browser?.close();
  await server?.close();
});
afterEach(async () => {
  for (const page of pages) await leave(page);
  await server.api.call('POST', '/api/host/cancel', { host_id: 0 });
  await server.untilNothingRuns();
});

async function start(init: Record<string, unknown>): Promise<FrontEndPage> {
  const page = idle.pop() ?? (await FrontEndPage.open(browser, server.url));
  pages.push(page);
  await page.start({ init: { ...APP, ...init } });
  return page;
}

async function leave(page: FrontEndPage): Promise<void> {
  pages = pages.filter((other) => other !== page);
  await page.closeStream();
  idle.push(page);
}

const streamers = async () =>
  (await server.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers')).streamers.map(
    ({ streamer_id, status, connected_peers }) => ({ streamer_id, status, connected_peers }),
  );
const untilWatchedBy = (count: number) =>
  poll(`${count} viewers`, streamers, ([only]) => only?.connected_peers === count);
const complete = (page: FrontEndPage) =>
  page.until('complete', ({ messages }) => JSON.stringify(messages).includes('ConnectionComplete'));
const ended = (page: FrontEndPage) => page.until('closed', ({ closed }) => closed !== null);

test('keepalive streams without viewers; two may join and see it continue, and their leaving ends nothing', async () => {
  const starter = await start({ mode: 'keepalive', session_id: 'work' });
  await complete(starter);
  await leave(starter);
  const sent = (await server.host.state()).sessions[0]!.framesSent;
  await server.host.until('frames for nobody', ({ sessions }) => sessions[0]!.framesSent > sent + 30);

  // Everything else in a join message is ignored.
  const first = await start({ mode: 'join', session_id: 'work', host_id: 7, app_id: 7, width: 1920 });
  assert.ok((await first.frames(3))[0]! > sent);
  const second = await start({ mode: 'join', session_id: 'work' });
  const numbers = await second.frames(3);
  assert.ok((await first.frames(3)).at(-1)! > numbers[0]!);
  await untilWatchedBy(2);
  for (const page of [first, second]) {
    const words = await page.words();
    assert.ok(words.includes('ConnectionComplete') && !words.includes(STARTS), words.join());
    await leave(page);
  }
  const left = await untilWatchedBy(0);
  const again = await start({ mode: 'keepalive', session_id: 'work' });
  await complete(again);
  assert.deepEqual(await streamers(), left);
  assert.deepEqual([left.length, left[0]?.status], [1, 'active']);
});

test('a viewer who joins while the session starts sees it from the first picture', async () => {
  await start({ mode: 'keepalive', session_id: 'work' });
  await poll('a streamer', streamers, ({ length }) => length === 1);
  const early = await start({ mode: 'join', session_id: 'work' });
  await early.frames(3);
  await untilWatchedBy(1);
});

test('a kept session continues where it was left; with other settings a new stream resumes its app', async () => {
  const first = await start({ session_id: 's' });
  const before = (await first.frames(5)).at(-1)!;
  await leave(first);
  const [kept] = await untilWatchedBy(0);

  const second = await start({ session_id: 's', mode: 'create' });
  assert.ok((await second.frames(3))[0]! > before);
  assert.ok(!(await second.words()).includes(STARTS));
  assert.equal((await streamers())[0]?.streamer_id, kept?.streamer_id);
  await leave(second);
  await untilWatchedBy(0);

  const other = await start({ session_id: 's', fps: 30 });
  await other.frames(3);
  assert.ok((await other.words()).includes('StageStarting Resuming the app'));
  const now = await streamers();
  assert.equal(now.length, 1);
  assert.notEqual(now[0]?.streamer_id, kept?.streamer_id);
});

test('a request that cannot be met gets one error word, and the socket closes', async () => {
  const owner = await start({ session_id: 's' });
  await owner.frames(3);
  for (const [init, word] of [
    [{ mode: 'join', session_id: 'unknown' }, 'InternalServerError'],
    [{ mode: 'join' }, 'InternalServerError'],
    [{ session_id: 's' }, 'AlreadyStreaming'],
    [{ session_id: 's', mode: 'create', fps: 30 }, 'AlreadyStreaming'],
    [{ host_id: 5 }, 'HostNotFound'],
  ] as const) {
    const page = await start(init);
    assert.deepEqual([(await ended(page)).messages, init], [[word], init]);
    await leave(page);
  }
  // The owner noticed nothing.
  const numbers = await owner.frames(5);
  assert.ok(numbers.at(-1)! > numbers[0]!);
  assert.deepEqual((await owner.seen()).errors, []);
});

test('a poor network to the host and its recovery are reported on the data channel, also to later joiners', async () => {
  const first = await start({ session_id: 's' });
  await first.frames(3);
  const status = (word: string) => ({ ConnectionStatusUpdate: { status: word } });
  await server.host.drop(40);
  await first.until('Poor', ({ general }) => JSON.stringify(general) === JSON.stringify([status('Poor')]));
  const second = await start({ session_id: 's', mode: 'join' });
  await second.until('Poor', ({ general }) => JSON.stringify(general) === JSON.stringify([status('Poor')]));
  await server.host.drop(0);
  for (const page of [first, second]) {
    const { errors } = await page.until(
      'Ok',
      ({ general }) => JSON.stringify(general.at(-1)) === JSON.stringify(status('Ok')),
    );
    assert.deepEqual(errors, []);
    await page.frames(3);
  }
});

test('a host that dies is reported as stages, not as an error; when it returns so does the picture, on the same peer', async () => {
  const page = await start({ session_id: 's' });
  await page.frames(3);
  await server.host.kill();
  await page.until('waiting', ({ messages }) => JSON.stringify(messages).includes('Waiting for the host'));
  await server.host.revive();
  await page.frames(3);
  const { messages, errors, states } = await page.until(
    'complete again',
    (seen) => JSON.stringify(seen.messages).split('ConnectionComplete').length === 3,
  );
  assert.deepEqual([errors, states], [[], ['connecting', 'connected']]);
  assert.equal(JSON.stringify(messages).split('WebRtcConfig').length, 2);
});
