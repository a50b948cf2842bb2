import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desktop } from '../desktop/desktop.ts';
import { readFrameNumber } from './frame-number.ts';
import { SmallDesktopRenderer } from './small-desktop.ts';

const NOW = Date.UTC(2026, 0, 1);
const LINES = ['1280 x 720'];

for (const [width, height] of [
  [640, 360],
  [1280, 720],
  [1024, 768],
  [2560, 1080],
] as const) {
  test(`${width}x${height}: without a clock only input changes the picture, and no frame number can be read`, () => {
    const desktop = new Desktop(width, height, { widgets: true });
    const picture = new SmallDesktopRenderer(width, height, { lines: LINES, clock: false });
    picture.draw(desktop, 1, NOW);
    const first = Buffer.from(picture.canvas.data);
    picture.draw(desktop, 2, NOW + 60_000);
    assert.ok(picture.canvas.data.equals(first));
    assert.equal(readFrameNumber(picture.canvas.y, width), null);
    desktop.apply(1, { kind: 'mouseMove', dx: 40, dy: 0 });
    picture.draw(desktop, 3, NOW);
    assert.ok(!picture.canvas.data.equals(first));
    desktop.apply(1, { kind: 'mouseMove', dx: -40, dy: 0 });
    picture.draw(desktop, 4, NOW);
    assert.ok(picture.canvas.data.equals(first), 'what the pointer covered is back');
  });

  test(`${width}x${height}: with a clock the second and the frame number are shown`, () => {
    const desktop = new Desktop(width, height, { widgets: true });
    const picture = new SmallDesktopRenderer(width, height, { lines: LINES, clock: true });
    picture.draw(desktop, 7, NOW);
    assert.equal(readFrameNumber(picture.canvas.y, width), 7);
    const first = Buffer.from(picture.canvas.data);
    picture.draw(desktop, 7, NOW + 999);
    assert.ok(picture.canvas.data.equals(first));
    picture.draw(desktop, 7, NOW + 1000);
    assert.ok(!picture.canvas.data.equals(first));
    picture.draw(desktop, 7, NOW);
    assert.ok(picture.canvas.data.equals(first), 'nothing of the other second is left');
  });
}

test('a held key, a typed character and a touch are seen', () => {
  const desktop = new Desktop(1280, 720, { widgets: true });
  const picture = new SmallDesktopRenderer(1280, 720, { lines: LINES, clock: false });
  let before = Buffer.alloc(0);
  const isSeen = () => {
    picture.draw(desktop, 1, NOW);
    const isNew = !picture.canvas.data.equals(before);
    before = Buffer.from(picture.canvas.data);
    return isNew;
  };
  assert.ok(isSeen());
  desktop.apply(1, { kind: 'keyDown', keyCode: 9, modifiers: 0, flags: 0 });
  assert.ok(isSeen());
  desktop.apply(1, { kind: 'text', text: 'a' });
  assert.ok(isSeen());
  const rest = { pressureOrDistance: 1, contactMajor: 0, contactMinor: 0, rotation: 0 };
  desktop.apply(1, { kind: 'touch', event: 'down', pointerId: 1, x: 0.7, y: 0.9, ...rest });
  assert.ok(isSeen());
  assert.ok(!isSeen());
});
