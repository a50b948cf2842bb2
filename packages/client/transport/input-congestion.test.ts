import assert from 'node:assert/strict';
import test from 'node:test';
import { isWorthSending } from './input-congestion.ts';

test('with much unsent, what is superseded is dropped, and with a megabyte, everything', () => {
  const kinds = ['mouseMove', 'controllerState', 'key', 'text'] as const;
  const sent = (bytes: number) => kinds.filter((kind) => isWorthSending(kind, bytes));
  assert.deepEqual(sent(16 * 1024), kinds);
  assert.deepEqual(sent(16 * 1024 + 1), ['key', 'text']);
  assert.deepEqual(sent(1024 * 1024), ['key', 'text']);
  assert.deepEqual(sent(1024 * 1024 + 1), []);
});
