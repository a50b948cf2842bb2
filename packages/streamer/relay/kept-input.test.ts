import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptInput } from './kept-input.ts';

test('what nobody takes in time is let go once, what is taken is not', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const gone: string[] = [];
  const kept = new KeptInput((id) => gone.push(id), 1000);
  kept.keep('a');
  kept.keep('b');
  context.mock.timers.tick(600);
  assert.equal(kept.take('b'), true);
  assert.equal(kept.take('b'), false);
  kept.keep('a');
  context.mock.timers.tick(600);
  assert.deepEqual(gone, []);
  context.mock.timers.tick(400);
  assert.deepEqual(gone, ['a']);
  assert.equal(kept.take('a'), false);
});

test('it is kept for few at a time, the oldest goes first, and none after the end', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const gone: string[] = [];
  const kept = new KeptInput((id) => gone.push(id), 1000);
  for (let i = 0; i < 66; i++) kept.keep(`v${i}`);
  assert.deepEqual(gone, ['v0', 'v1']);
  kept.close();
  context.mock.timers.tick(2000);
  assert.deepEqual(gone, ['v0', 'v1']);
});
