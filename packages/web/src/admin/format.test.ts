import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitrate, count, duration, megabytes, milliseconds, moment, number, percent, uses, who } from './format.ts';

test('figures are short, have a unit, and show when they are not known', () => {
  assert.deepEqual([0, 999, 1000, 1_234_567].map(number), ['0', '999', '1\u202f000', '1\u202f234\u202f567']);
  assert.deepEqual([null, 0, 1.26, 9.94, 10.4, 1500].map(milliseconds), [
    '–',
    '0.0 ms',
    '1.3 ms',
    '9.9 ms',
    '10 ms',
    '1\u202f500 ms',
  ]);
  assert.deepEqual([null, 0, 640.4, 999, 8123].map(bitrate), [
    '–',
    '0 kbit/s',
    '640 kbit/s',
    '999 kbit/s',
    '8.1 Mbit/s',
  ]);
  assert.deepEqual([null, 0, 0.004, 0.5].map(percent), ['–', '0 %', '0.4 %', '50 %']);
  assert.equal(megabytes(85_400_000), '85 MB');
});

test('a count is followed by its noun in singular or plural', () => {
  assert.deepEqual(
    [0, 1, 2].map((n) => count(n, 'viewer')),
    ['0 viewers', '1 viewer', '2 viewers'],
  );
  assert.equal(count(1, 'viewer is', 'viewers are'), '1 viewer is');
});

test('a duration has its two largest units', () => {
  assert.deepEqual([0, 59.9, 60, 3599, 3600, 7500, 86_400, 273_600].map(duration), [
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h 0 min',
    '2 h 5 min',
    '1 d 0 h',
    '3 d 4 h',
  ]);
});

test('a time has its date only when it is not today', () => {
  const now = new Date(2026, 10, 25, 18, 0);
  const at = (...parts: [number, number, number, number, number]) => moment(new Date(...parts).toISOString(), now);
  assert.equal(at(2026, 10, 25, 14, 3), '14:03');
  assert.equal(at(2026, 10, 24, 14, 3), '24 Nov, 14:03');
  assert.match(at(2027, 0, 1, 14, 3), /^1 Jan 2027, 14:03$/);
});

test('a viewer is identified by a user name, a link, or the shared credentials', () => {
  assert.equal(who({ user: 'anna', link_id: null }), 'anna');
  assert.equal(who({ user: null, link_id: 7 }), 'link 7');
  assert.equal(who({ user: null, link_id: null }), 'credentials');
});

test('the uses of a link are shown with and without a limit', () => {
  assert.equal(uses({ uses: 1, max_uses: null }), '1 browser');
  assert.equal(uses({ uses: 0, max_uses: 1 }), '0 of 1 browser');
  assert.equal(uses({ uses: 2, max_uses: 3 }), '2 of 3 browsers');
});
