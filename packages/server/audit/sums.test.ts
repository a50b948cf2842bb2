import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sums } from './sums.ts';

const AT = new Date('2026-12-01T10:00:00.000Z');
const KEY = { of: 'caller', key: 'a' } as const;

test('the same records of a minute become one, with how many there were and of what', () => {
  const sums = new Sums();
  assert.equal(sums.wakeAt, Number.POSITIVE_INFINITY);
  for (let n = 0; n < 3; n++) sums.add({ event: 'input', by: null, streamer: 'a' }, AT, 1_000, { key: 2 });
  sums.add({ event: 'input', by: null, streamer: 'b' }, AT, 1_000, { text: 1 });
  assert.equal(sums.wakeAt, 61_000);
  assert.deepEqual(sums.advance(60_999), []);
  const from = AT.toISOString();
  assert.deepEqual(sums.advance(61_000), [
    { event: 'input', by: null, streamer: 'a', count: 3, counts: { key: 6 }, from },
    { event: 'input', by: null, streamer: 'b', count: 1, counts: { text: 1 }, from },
  ]);
  assert.deepEqual(sums.flush(), []);
});

test('a caller gets 120 lines a minute, and strangers 20 together, which takes nothing from others', () => {
  const sums = new Sums();
  const lines = (cause: Parameters<Sums['mayWrite']>[0], now: number) =>
    Array.from({ length: 500 }, () => sums.mayWrite(cause, now)).filter(Boolean).length;
  assert.equal(lines({ of: 'strangers' }, 0), 20);
  assert.equal(lines(KEY, 0), 120);
  assert.equal(lines({ of: 'caller', key: 'b' }, 0), 120);
  assert.equal(lines(KEY, 59_999), 0);
  assert.equal(lines(KEY, 60_000), 120);
});

test('however many causes and records there are, a bounded number is remembered', () => {
  const sums = new Sums();
  let written = 0;
  for (let n = 0; n < 20_000; n++) {
    if (sums.mayWrite({ of: 'caller', key: `c${n}` }, 0)) written += 1;
    sums.add({ event: 'request', by: { kind: 'link', link: n } }, AT, 0);
  }
  assert.ok(written <= 1_020, String(written));
  const records = sums.flush();
  assert.equal(records.length, 1_001);
  assert.equal(
    records.reduce((sum, { count }) => sum + count, 0),
    20_000,
  );
});
