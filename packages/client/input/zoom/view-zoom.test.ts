import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ViewZoom } from './view-zoom.ts';

/** Where an element of 1000 × 500 at (100, 50) is on the page, enlarged. */
function box({ scale, x, y }: ViewZoom) {
  const left = 100 + (1 - scale) * x * 1000;
  const top = 50 + (1 - scale) * y * 500;
  return { left, top, width: 1000 * scale, height: 500 * scale };
}

test('pinching apart enlarges, pinching together shrinks back, both within limits', () => {
  const zoom = new ViewZoom();
  assert.equal(zoom.scale, 1);
  zoom.pinch(-20);
  assert.ok(Math.abs(zoom.scale - Math.exp(0.2)) < 1e-9);
  zoom.pinch(20);
  assert.equal(zoom.scale, 1);
  for (let times = 0; times < 100; times += 1) zoom.pinch(-1e6);
  assert.equal(zoom.scale, 6);
  zoom.pinch(Number.NaN);
  assert.equal(zoom.scale, 6);
  for (let times = 0; times < 100; times += 1) zoom.pinch(50);
  assert.equal(zoom.scale, 1);
});

test('a gesture scales from where it began', () => {
  const zoom = new ViewZoom();
  zoom.gestureStart();
  zoom.gesture(1.5);
  zoom.gesture(2);
  assert.equal(zoom.scale, 2);
  zoom.gestureStart();
  zoom.gesture(1.5);
  assert.equal(zoom.scale, 3);
  zoom.gesture(0.01);
  assert.equal(zoom.scale, 1);
});

test('the point under the mouse stays in place at every scale, and every edge can be reached', () => {
  const place = fc.record({ x: fc.integer({ min: 100, max: 1100 }), y: fc.integer({ min: 50, max: 550 }) });
  fc.assert(
    fc.property(fc.array(fc.tuple(place, fc.integer({ min: -80, max: 80 })), { minLength: 1 }), (steps) => {
      const zoom = new ViewZoom();
      for (const [{ x, y }, pinch] of steps) {
        zoom.pinch(pinch);
        zoom.moveTo(x, y, box(zoom));
        const { left, top, width, height } = box(zoom);
        assert.ok(Math.abs((x - left) / width - (x - 100) / 1000) < 1e-6);
        assert.ok(Math.abs((y - top) / height - (y - 50) / 500) < 1e-6);
      }
    }),
  );
});
