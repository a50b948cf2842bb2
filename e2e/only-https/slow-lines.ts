// Viewers whose network or machine cannot keep up, beside one whose can, on media sockets through a proxy.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, type TestContext, test } from 'node:test';
import type { StreamerDetail, ViewerStatistics } from '@moonshare/contract';
import { streamersOf } from '../harness/processes.ts';
import { poll } from '../harness/virtual-host.ts';
import type { WalledNetwork } from '../harness/walled-network.ts';
import { Place } from './place.ts';
import { Visitor } from './visitor.ts';

const ID = 'walled';
const LINE_KBPS = 1_000;
/** 20 frames a second of this size are 3.2 Mbit/s. */
const FRAME_BYTES = 20_000;
/** For so long the slow viewer, who gets a key frame every two seconds, is watched beside the other. */
const REFERENCE_FRAMES = 200;
/** What the streamer may keep for two viewers that do not keep up: each has a window and frames that wait, of 4 MB at most. */
const MEMORY_BYTES = 32 * 1024 * 1024;

let place: Place;
let networks: { fast: WalledNetwork; slow: WalledNetwork };
let fast: Visitor;
let slow: Visitor;
let fastId: string;

before(async () => {
  place = await Place.open({ quirks: { frameBytes: FRAME_BYTES } });
  await place.startProxy('nginx');
  await place.stack.api.createStreamer(ID);
  networks = { fast: await place.network(), slow: await place.network(LINE_KBPS) };
  fast = await Visitor.start('Chromium', networks.fast);
  slow = await Visitor.start('Chromium', networks.slow);
  await fast.visit(await place.stack.link(ID));
  [{ peer_id: fastId }] = (await viewers()) as [ViewerStatistics];
});
after(async () => {
  await slow?.close();
  await fast?.close();
  await place?.close();
});

const viewers = async (): Promise<ViewerStatistics[]> => {
  const { statistics } = await place.stack.api.call<StreamerDetail>('GET', `/api/streamers/${ID}`);
  return statistics?.viewers ?? [];
};

/** Resident, bytes. */
async function streamerMemory(): Promise<number> {
  const [pid] = await streamersOf(process.pid);
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return 1024 * Number(kilobytes);
}

/** Of the viewer on the fast line, who must not notice the other. */
async function fastOne(): Promise<ViewerStatistics> {
  return (await viewers()).find(({ peer_id }) => peer_id === fastId)!;
}

async function assertUnharmed(t: TestContext, before: ViewerStatistics): Promise<void> {
  const now = await fastOne();
  t.diagnostic(
    `the other got ${now.frames_sent - before.frames_sent} frames, and lost ${now.frames_dropped - before.frames_dropped}`,
  );
  assert.equal(now.rung, 'full');
  const numbers = await fast.frames(20);
  assert.ok(numbers.at(-1)! > numbers[0]!, numbers.join());
}

async function assertSmall(t: TestContext, before: number): Promise<void> {
  const growth = (await streamerMemory()) - before;
  t.diagnostic(`the streamer has grown by ${(growth / 2 ** 20).toFixed(1)} MB`);
  assert.ok(growth < MEMORY_BYTES, `${growth} bytes`);
}

test('a viewer behind 1 Mbit/s is told why it sees less, sees whole pictures, and costs the other nothing', async (t) => {
  const [memory, before] = [await streamerMemory(), await fastOne()];
  t.diagnostic(`first picture after ${Math.round(await slow.visit(await place.stack.link(ID)))} ms`);
  await poll(
    'the slow viewer to be reduced',
    async () => (await viewers()).map(({ rung }) => rung),
    (rungs) => rungs.includes('reduced'),
  );
  const said = await slow.says(/Your network carries [\d.]+ of [\d.]+ Mbit\/s, so you see fewer pictures/);
  t.diagnostic(/Your network carries.*/.exec(said)![0]);
  // Both at once, so that both see the same numbers.
  const [seen, reference] = await Promise.all([slow.shown(4), fast.shown(REFERENCE_FRAMES)]);
  for (const { number } of [...seen, ...reference]) assert.notEqual(number, null, 'a broken picture');
  const at = new Map(reference.map((frame) => [frame.number, frame.readAt]));
  const behind = seen.flatMap((frame) => (at.has(frame.number) ? [frame.readAt - at.get(frame.number)!] : []));
  t.diagnostic(`pictures are shown later than by the other, by ${behind.map(Math.round).join(', ')} ms`);
  const numbers = seen.map(({ number }) => number!);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  await assertUnharmed(t, before);
  await assertSmall(t, memory);
});

test('a viewer whose browser is stopped is given up, with a reason, and is back when it goes on; the other sees everything', async (t) => {
  const [memory, before] = [await streamerMemory(), await fastOne()];
  await networks.slow.signal('SIGSTOP');
  try {
    await poll('the stopped viewer to be gone', viewers, (all) => all.length === 1);
    assert.ok(place.stack.log.some((line) => line.includes('peer socket went silent')));
    await assertSmall(t, memory);
  } finally {
    await networks.slow.signal('SIGCONT');
  }
  await slow.frames(1);
  await poll('both viewers', viewers, (all) => all.length === 2);
  await assertUnharmed(t, before);
});
