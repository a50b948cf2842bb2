import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { pictureBox, pointInPicture } from './picture-geometry.ts';

test('the picture box leaves bars at the sides, above and below, or none', () => {
  const at = { left: 10, top: 20 };
  assert.deepEqual(pictureBox({ ...at, width: 1000, height: 360 }, { width: 1280, height: 720 }), {
    left: 190,
    top: 20,
    width: 640,
    height: 360,
  });
  assert.deepEqual(pictureBox({ ...at, width: 640, height: 560 }, { width: 1280, height: 720 }), {
    left: 10,
    top: 120,
    width: 640,
    height: 360,
  });
  assert.deepEqual(pictureBox({ ...at, width: 640, height: 360 }, { width: 640, height: 360 }), {
    ...at,
    width: 640,
    height: 360,
  });
});

test('without a size there is no picture box', () => {
  assert.equal(pictureBox({ left: 0, top: 0, width: 0, height: 5 }, { width: 1, height: 1 }), null);
  assert.equal(pictureBox({ left: 0, top: 0, width: 5, height: 5 }, { width: 0, height: 0 }), null);
});

test('points map to 0..1, and points beside the picture to its edge', () => {
  const box = { left: 100, top: 50, width: 640, height: 360 };
  assert.deepEqual(pointInPicture(box, 420, 230), { x: 0.5, y: 0.5, inside: true });
  assert.deepEqual(pointInPicture(box, 0, 410), { x: 0, y: 1, inside: false });
});

const side = fc.integer({ min: 1, max: 8000 });

test('the picture touches two sides of its element, is centred, and keeps its shape', () => {
  fc.assert(
    fc.property(side, side, side, side, (width, height, pictureWidth, pictureHeight) => {
      const box = pictureBox({ left: 0, top: 0, width, height }, { width: pictureWidth, height: pictureHeight })!;
      const near = (a: number, b: number) => Math.abs(a - b) < 1e-6 * Math.max(1, a, b);
      assert.ok(near(box.width, width) || near(box.height, height));
      assert.ok(near(box.left * 2 + box.width, width) && near(box.top * 2 + box.height, height));
      assert.ok(near(box.width * pictureHeight, box.height * pictureWidth));
    }),
  );
});
