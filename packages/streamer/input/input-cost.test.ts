import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import { inputCost } from './input-cost.ts';

const press: ViewerInput = { kind: 'key', down: true, virtualKey: 0x41, modifiers: 0 };

test('an event costs 1, and a release nothing', () => {
  assert.equal(inputCost(press), 1);
  assert.equal(inputCost({ ...press, down: false }), 0);
  assert.equal(inputCost({ kind: 'mouseButton', down: true, button: 1 }), 1);
  assert.equal(inputCost({ kind: 'mouseButton', down: false, button: 1 }), 0);
  assert.equal(inputCost({ kind: 'controllerRemove', id: 0 }), 0);
});

test('a text costs its length, but never more than the burst', () => {
  assert.equal(inputCost({ kind: 'text', text: 'x'.repeat(10) }), 10);
  assert.equal(inputCost({ kind: 'text', text: 'x'.repeat(100_000) }), 4096);
});

test('a wheel costs its notches', () => {
  assert.equal(inputCost({ kind: 'wheelNotches', dx: -3, dy: 4 }), 7);
});
