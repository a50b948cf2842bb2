import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce } from './coalesce.ts';

test('many calls become few runs: one at a time, with pauses, and one after the last call', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const open: (() => void)[] = [];
  let begun = 0;
  const call = coalesce(() => {
    begun += 1;
    return new Promise((resolve) => open.push(resolve));
  }, 250);
  const settle = () => new Promise(setImmediate);
  for (let i = 0; i < 50; i++) call();
  await settle();
  assert.equal(begun, 1);
  open.shift()?.();
  await settle();
  // The 49 calls that came during the first run.
  context.mock.timers.tick(249);
  await settle();
  assert.equal(begun, 1);
  context.mock.timers.tick(1);
  await settle();
  assert.equal(begun, 2);
  open.shift()?.();
  await settle();
  context.mock.timers.tick(10_000);
  await settle();
  assert.equal(begun, 2);
  call();
  await settle();
  assert.equal(begun, 3);
});
