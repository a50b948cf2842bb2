import assert from 'node:assert/strict';
import test from 'node:test';
import { WheelPixels } from './wheel.ts';

test('y is negated: scrolling down is negative', () => {
  assert.deepEqual(new WheelPixels().add({ deltaX: 7, deltaY: 120, deltaMode: 0 }), { dx: 7, dy: -120 });
});

test('fractions are kept until they add up to a pixel', () => {
  const wheel = new WheelPixels();
  assert.equal(wheel.add({ deltaX: 0, deltaY: 0.6, deltaMode: 0 }), null);
  assert.deepEqual(wheel.add({ deltaX: 0, deltaY: 0.6, deltaMode: 0 }), { dx: 0, dy: -1 });
});

test('lines and pages become pixels', () => {
  assert.deepEqual(new WheelPixels().add({ deltaX: 0, deltaY: -3, deltaMode: 1 }), { dx: 0, dy: 120 });
  assert.deepEqual(new WheelPixels().add({ deltaX: 0, deltaY: 1, deltaMode: 2 }), { dx: 0, dy: -800 });
});
