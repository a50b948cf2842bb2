import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import type { Head } from './chain.ts';
import { readTrail } from './read-trail.ts';
import { TrailWriter } from './trail-writer.ts';
import { verifyTrail } from './verify-trail.ts';

const MB = 1024 * 1024;
const CLOSE_MS = 60_000;

interface Rig {
  folder: string;
  writer: TrailWriter;
  /** Writes records, and waits until they are on the disk. */
  write(...events: string[]): Promise<void>;
  /** Another writer on the same files, as after a restart. */
  restart(): Promise<void>;
  heads: Head[];
  changes: unknown[];
  lost: number;
}

function rig(
  context: TestContext,
  { maxBytes = 100 * MB, folder = join(temporaryDirectory(context, 'audit'), 'audit') } = {},
) {
  const heads: Head[] = [];
  const changes: unknown[] = [];
  const make = () =>
    new TrailWriter({
      folder,
      maxBytes,
      maxDays: 30,
      changed: (error) => changes.push(error),
      lost: (records) => {
        self.lost += records;
      },
      begun: (head) => heads.push(head),
    });
  const self: Rig = {
    folder,
    writer: make(),
    write: async (...events) => {
      for (const event of events) self.writer.add({ at: new Date().toISOString(), event });
      await self.restart();
    },
    restart: async () => {
      await self.writer.close(CLOSE_MS);
      self.writer = make();
    },
    heads,
    changes,
    lost: 0,
  };
  context.after(() => self.writer.close(CLOSE_MS));
  return self;
}

const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const events = async (folder: string) => (await readTrail(folder, {}, 1e6)).map(({ event }) => event);
const problems = async (folder: string, noted: Head | null = null) =>
  (await verifyTrail(folder, noted)).findings.map((one) =>
    'first' in one ? [one.problem, one.first, one.last] : [one.problem],
  );

test('records are chained across restarts, in files that only their owner can read', async (context) => {
  const { folder, write } = rig(context);
  await write('a', 'b');
  await write('c');
  assert.deepEqual(await events(folder), ['a', 'b', 'c']);
  const report = await verifyTrail(folder, null);
  assert.deepEqual([report.records, report.first, report.head?.seq, report.findings], [3, 1, 3, []]);
  const [file] = files(folder);
  assert.equal(statSync(join(folder, file!)).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('what was changed, cut off or removed while no server ran stays visible after the next one has written', async (context) => {
  const { folder, write } = rig(context);
  await write('a', 'b', 'c');
  const path = join(folder, files(folder)[0]!);
  const whole = readFileSync(path, 'utf8');

  writeFileSync(path, whole.split('\n').slice(0, 2).join('\n').concat('\n'));
  assert.deepEqual(await problems(folder), [['cut', 3, 3]]);
  await write('d');
  assert.deepEqual(await problems(folder), [['missing', 3, 3]]);

  writeFileSync(path, whole.replace('"event":"c"', '"event":"x"'));
  rmSync(join(folder, 'head.json'));
  writeFileSync(join(folder, 'head.json'), JSON.stringify((await verifyTrail(folder, null)).head));
  assert.deepEqual(await problems(folder), []);
});

test('without its noted head, a trail does not pass: what is missing at its end would not show', async (context) => {
  const { folder, write } = rig(context);
  await write('a', 'b', 'c');
  const path = join(folder, files(folder)[0]!);
  writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, 2).join('\n').concat('\n'));
  let spoilt = 0;
  for (const spoil of [() => rmSync(join(folder, 'head.json')), () => writeFileSync(join(folder, 'head.json'), '{')]) {
    spoil();
    spoilt += 1;
    assert.deepEqual(await problems(folder), Array(spoilt).fill(['unnoted']));
    // Nor once a server has noted the next one.
    await write('d');
    assert.deepEqual(await problems(folder), Array(spoilt).fill(['unnoted']));
  }
});

test('a head is noted before the first record is written, so that a crash between them is not held against the trail', async (context) => {
  const { folder, write } = rig(context);
  // With nothing to write, as at its first look for old files.
  await write();
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'head.json'), 'utf8')).seq, 0);
  const { head, findings } = await verifyTrail(folder, null);
  assert.deepEqual([head, findings], [null, []]);
});

test('a line whose newline was not written any more does not count, as the next server removes it', async (context) => {
  const { folder, write } = rig(context);
  await write('a', 'b', 'c');
  const path = join(folder, files(folder)[0]!);
  const noted = JSON.parse(readFileSync(path, 'utf8').split('\n')[2]!).previous;
  truncateSync(path, statSync(path).size - 1);
  writeFileSync(join(folder, 'head.json'), JSON.stringify({ seq: 2, hash: noted }));
  const { head } = await verifyTrail(folder, null);
  assert.equal(head?.seq, 2);
  await write('d');
  assert.deepEqual(await problems(folder, head), []);
  assert.deepEqual(await events(folder), ['a', 'b', 'd']);
});

test('the half line of a server that was killed is removed, and nothing is missing', async (context) => {
  const { folder, write } = rig(context);
  await write('a', 'b');
  const path = join(folder, files(folder)[0]!);
  appendFileSync(path, '{"seq":3,"previous":"12');
  assert.deepEqual(await problems(folder), []);
  await write('c');
  assert.deepEqual(await events(folder), ['a', 'b', 'c']);
  assert.deepEqual(await problems(folder), []);
  truncateSync(path, statSync(path).size - 5);
  assert.deepEqual(await problems(folder), [['cut', 3, 3]]);
});

test('a server that was killed between a record and its head goes on from the record', async (context) => {
  const { folder, write } = rig(context);
  await write('a');
  const head = readFileSync(join(folder, 'head.json'));
  await write('b');
  writeFileSync(join(folder, 'head.json'), head);
  await write('c');
  assert.deepEqual(await problems(folder), []);
  assert.deepEqual(await events(folder), ['a', 'b', 'c']);
});

test('files are begun before they are too large; the oldest are removed, and the chain holds across them', async (context) => {
  const { folder, writer, restart, heads } = rig(context, { maxBytes: 64 * 1024 });
  for (let n = 0; n < 2_000; n++) writer.add({ at: new Date().toISOString(), event: `e${n}` });
  await restart();
  const total = files(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  // A write of many records is not split.
  assert.ok(total < 64 * 1024 + 200_000, String(total));
  const report = await verifyTrail(folder, null);
  assert.deepEqual(report.findings, []);
  assert.ok(report.first! > 1 && report.records < 2_000);
  assert.deepEqual(report.head?.seq, 2_000 + (await readTrail(folder, { event: 'trail' }, 1e6)).length);
  // A head that was noted, and is still there.
  assert.deepEqual(await problems(folder, heads.at(-1)), []);
  const { hash } = heads[0]!;
  assert.deepEqual(await problems(folder, { seq: heads.at(-1)!.seq, hash }), [
    ['changed', heads.at(-1)!.seq, heads.at(-1)!.seq],
  ]);
  // The oldest file that is left.
  const gone = files(folder)[0]!;
  rmSync(join(folder, gone));
  assert.equal((await problems(folder))[0]?.[0], 'missing');
});

test('a folder that cannot be written is told once; what happens meanwhile is written when it can be', async (context) => {
  const blocked = join(temporaryDirectory(context, 'audit'), 'audit');
  writeFileSync(blocked, 'a file is in the way');
  const { writer, folder, changes, write } = rig(context, { folder: blocked });
  writer.add({ at: new Date().toISOString(), event: 'a' });
  while (changes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(writer.isWritable, false);
  writer.add({ at: new Date().toISOString(), event: 'b' });
  rmSync(blocked);
  await write('c');
  assert.deepEqual([changes.length, changes[1]], [2, null]);
  assert.deepEqual(await events(folder), ['a', 'b', 'c']);
});

test('more than may wait is lost, and the trail says how much', async (context) => {
  const blocked = join(temporaryDirectory(context, 'audit'), 'audit');
  writeFileSync(blocked, 'a file is in the way');
  const self = rig(context, { folder: blocked });
  for (let n = 0; n < 10_007; n++) self.writer.add({ at: new Date().toISOString(), event: 'a' });
  assert.deepEqual([self.lost, self.writer.waiting], [7, 10_000]);
  rmSync(blocked);
  await self.restart();
  const [last] = (await readTrail(self.folder, {}, 1)) as { event: string; records?: number }[];
  assert.deepEqual([last?.event, last?.records], ['trail.lost', 7]);
  assert.deepEqual(await problems(self.folder), []);
});

test('a record that comes while others are being written is written before the writer closes', async (context) => {
  const { folder, writer, restart } = rig(context);
  for (let turns = 0; turns < 40; turns++) {
    writer.add({ at: new Date().toISOString(), event: 'a' });
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  writer.add({ at: new Date().toISOString(), event: 'last' });
  await restart();
  assert.equal((await events(folder)).length, 41);
  assert.deepEqual(await problems(folder), []);
});
