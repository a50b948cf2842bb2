import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesToPrune } from './retention.ts';
import { trailFile } from './trail-files.ts';

const NOW = new Date('2026-12-10T12:00:00.000Z');
/** One a day, up to today; 100 bytes each. */
const FILES = [7, 8, 9, 10].map((day, index) => ({
  ...trailFile(index * 10 + 1, new Date(`2026-12-${String(day).padStart(2, '0')}T23:00:00.000Z`)),
  bytes: 100,
}));

const pruned = (maxBytes: number, maxDays: number) =>
  filesToPrune(FILES, { maxBytes, maxDays }, NOW).map(({ day }) => day);

test('files are kept as long as they are young enough and fit, the newest ones first', () => {
  assert.deepEqual(pruned(1_000, 30), []);
  assert.deepEqual(pruned(1_000, 2), ['2026-12-07']);
  assert.deepEqual(pruned(1_000, 1), ['2026-12-07', '2026-12-08']);
  assert.deepEqual(pruned(250, 30), ['2026-12-07', '2026-12-08']);
});

test('the file that is being written stays, however small the limit is', () => {
  assert.deepEqual(pruned(1, 30), ['2026-12-07', '2026-12-08', '2026-12-09']);
  assert.deepEqual(filesToPrune([], { maxBytes: 1, maxDays: 1 }, NOW), []);
});
