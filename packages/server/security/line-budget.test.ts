import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineBudget } from './line-budget.ts';

/** How many lines with these keys are written at this time. */
function written(budget: LineBudget, keys: string[], now: number): number {
  return keys.filter((key) => budget.spend(key, now).write).length;
}

test('one event from one address writes up to twenty lines a minute, and all together up to six hundred', () => {
  const budget = new LineBudget();
  const many = (key: string) => Array.from({ length: 100 }, () => key);
  assert.equal(written(budget, many('a'), 0), 20);
  assert.equal(written(budget, many('b'), 59_999), 20);
  const others = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
  assert.equal(written(budget, others, 59_999), 560);
  assert.equal(written(budget, many('a'), 60_000), 20);
});

test('the number of omitted lines is reported once, in the next minute', () => {
  const budget = new LineBudget();
  for (let i = 0; i < 25; i++) assert.equal(budget.spend('a', 0).suppressedBefore, 0);
  assert.deepEqual(budget.spend('b', 60_000), { write: true, suppressedBefore: 5 });
  assert.deepEqual(budget.spend('b', 60_001), { write: true, suppressedBefore: 0 });
  assert.deepEqual(budget.spend('b', 120_000), { write: true, suppressedBefore: 0 });
});
