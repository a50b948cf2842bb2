import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import { InputBudget } from './budget.ts';

const press: ViewerInput = { kind: 'key', down: true, virtualKey: 0x41, modifiers: 0 };
const release: ViewerInput = { ...press, down: false };

function passed(budget: InputBudget, viewer: string, event: ViewerInput, tries: number, now: number): number {
  return Array.from({ length: tries }, () => budget.allows(viewer, event, now)).filter(Boolean).length;
}

test('a flood is cut to 4096 at once and 2000 a second', () => {
  const budget = new InputBudget();
  assert.equal(passed(budget, 'a', press, 10_000, 0), 4096);
  assert.equal(passed(budget, 'a', press, 10_000, 1000), 2000);
  assert.equal(passed(budget, 'a', press, 10_000, 60_000), 4096);
});

test('the flood of one costs the others nothing', () => {
  const budget = new InputBudget();
  passed(budget, 'a', press, 10_000, 0);
  assert.ok(budget.allows('b', press, 0));
});

test('a release always passes', () => {
  const budget = new InputBudget();
  passed(budget, 'a', press, 10_000, 0);
  assert.equal(passed(budget, 'a', release, 100, 0), 100);
});

test('a text counts by its length, and the longest still passes', () => {
  const budget = new InputBudget();
  assert.ok(budget.allows('a', { kind: 'text', text: 'x'.repeat(100_000) }, 0));
  assert.equal(budget.allows('a', { kind: 'text', text: 'x' }, 0), false);
});

test('a viewer that left is forgotten', () => {
  const budget = new InputBudget();
  passed(budget, 'a', press, 10_000, 0);
  budget.forget('a');
  assert.ok(budget.allows('a', press, 0));
});
