import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabelBudget } from './label-budget.ts';

test('the number of labels is limited, and a released label is used again', () => {
  const labels = new LabelBudget(2);
  assert.deepEqual(
    ['a', 'b', 'c', 'a'].map((id) => labels.label(id)),
    ['a', 'b', 'other', 'a'],
  );
  assert.equal(labels.release('a'), true);
  assert.equal(labels.release('c'), false);
  assert.equal(labels.label('c'), 'c');
});

test('a streamer named "other" gets no separate series', () => {
  assert.equal(new LabelBudget(2).label('other'), 'other');
});
