import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptInput } from './kept-input.ts';

test('input not taken in time is released once, taken input is not', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const released: string[] = [];
  const kept = new KeptInput((id) => released.push(id), 1000);
  kept.keep('a');
  kept.keep('b');
  context.mock.timers.tick(600);
  assert.equal(kept.take('b'), true);
  assert.equal(kept.take('b'), false);
  kept.keep('a');
  context.mock.timers.tick(600);
  assert.deepEqual(released, []);
  context.mock.timers.tick(400);
  assert.deepEqual(released, ['a']);
  assert.equal(kept.take('a'), false);
});

test('a limited number is kept, the oldest is released first, and close releases none', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const released: string[] = [];
  const kept = new KeptInput((id) => released.push(id), 1000);
  for (let i = 0; i < 66; i++) kept.keep(`v${i}`);
  assert.deepEqual(released, ['v0', 'v1']);
  kept.close();
  context.mock.timers.tick(2000);
  assert.deepEqual(released, ['v0', 'v1']);
});
