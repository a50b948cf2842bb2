import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStill } from './still-frame.ts';

test('only a tiny frame shows the picture before it', () => {
  assert.equal(isStill(40, 1920 * 1080), true);
  assert.equal(isStill(150, 1920 * 1080), true);
  assert.equal(isStill(400, 1920 * 1080), false);
  assert.equal(isStill(150, 640 * 360), false);
});
