import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputCounts } from './input-counts.ts';

test('what each participant has sent is counted by kind, and each event is taken once', () => {
  const counts = new InputCounts();
  for (const kind of ['key', 'key', 'text'] as const) counts.add('a', kind);
  counts.add('b', 'mouseMove');
  assert.deepEqual(counts.take('a'), { key: 2, text: 1 });
  assert.equal(counts.take('a'), null);
  counts.add('a', 'key');
  assert.deepEqual(counts.takeAll(), [
    ['b', { mouseMove: 1 }],
    ['a', { key: 1 }],
  ]);
  assert.deepEqual(counts.takeAll(), []);
});
