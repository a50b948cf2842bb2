import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelBudget } from './label-budget.ts';

test('there are so many labels and no more; a label that is free again is given again', () => {
  const labels = new LabelBudget(2);
  assert.deepEqual(
    ['a', 'b', 'c', 'a'].map((id) => labels.label(id)),
    ['a', 'b', 'other', 'a'],
  );
  assert.equal(labels.release('a'), true);
  assert.equal(labels.release('c'), false);
  assert.equal(labels.label('c'), 'c');
});

test('a streamer that is called "other" has no series of its own', () => {
  assert.equal(new LabelBudget(2).label('other'), 'other');
});
