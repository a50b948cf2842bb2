import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnsequencedWindow } from './unsequenced.ts';

test('each group passes once, in any order and across the wrap', () => {
  const window = new UnsequencedWindow();
  assert.deepEqual(
    [1, 3, 2, 3, 1].map((g) => window.accept(g)),
    [true, true, true, false, false],
  );
  for (let g = 4; g < 70000; g++) assert.ok(window.accept(g & 0xffff), `group ${g}`);
  assert.equal(window.accept(69999 & 0xffff), false);
});

test('a group 32 or more windows ahead is dropped', () => {
  assert.equal(new UnsequencedWindow().accept(32 * 1024 - 1), true);
  assert.equal(new UnsequencedWindow().accept(32 * 1024), false);
});

test('in a recording that starts in the middle, the first group is the base', () => {
  const window = new UnsequencedWindow(null);
  assert.deepEqual(
    [40000, 40000, 40001].map((g) => window.accept(g)),
    [true, false, true],
  );
});
