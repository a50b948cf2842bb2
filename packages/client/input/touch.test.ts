import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeSurface, pictureSize, recorder } from './testing/surface.ts';
import { captureTouch } from './touch.ts';

function setUp(touchSupported: boolean) {
  const surface = new FakeSurface();
  const { sent, send } = recorder();
  const device = captureTouch({ surface: surface.element, pictureSize, touchSupported: () => touchSupported, send });
  const finger = (type: string, pointerId: number, clientX: number, clientY: number, pressure = 0.5) =>
    surface.pointer(type, { pointerType: 'touch', pointerId, clientX, clientY, pressure, width: 89, height: 50 });
  return { surface, device, sent, finger };
}

test('a finger going down, moving and lifting is sent in fractions of the picture', () => {
  const { sent, finger } = setUp(true);
  finger('pointerdown', 7, 500, 250);
  finger('pointermove', 7, 1000, 0);
  finger('pointerup', 7, 1000, 0);
  assert.deepEqual(
    sent.map((event) => event.kind === 'touch' && [event.event, event.pointerId, event.x, event.y, event.pressure]),
    [
      ['down', 7, 0.5, 0.5, 0.5],
      ['move', 7, 1, 0, 0.5],
      ['up', 7, 1, 0, 0],
    ],
  );
  const [down] = sent;
  assert.ok(down?.kind === 'touch' && Math.abs(down.contactMajor - 0.1) < 0.001 && down.contactMinor === 0.1);
});

test('fingers beside the picture, and fingers that never went down, are ignored', () => {
  const { sent, finger } = setUp(true);
  finger('pointerdown', 1, 10, 250);
  finger('pointermove', 1, 500, 250);
  finger('pointerup', 2, 500, 250);
  assert.deepEqual(sent, []);
});

test('for a host without touch the first finger moves the mouse and the others are ignored', () => {
  const { sent, finger } = setUp(false);
  finger('pointerdown', 1, 500, 250);
  finger('pointerdown', 2, 600, 250);
  finger('pointermove', 2, 700, 250);
  finger('pointerup', 1, 500, 500);
  assert.deepEqual(sent, [
    { kind: 'mousePosition', x: 320, y: 180, width: 640, height: 360 },
    { kind: 'mouseButton', down: true, button: 1 },
    { kind: 'mousePosition', x: 320, y: 360, width: 640, height: 360 },
    { kind: 'mouseButton', down: false, button: 1 },
  ]);
});

test('releaseAll lifts every finger once, and so does a cancel by the browser', () => {
  const { sent, device, finger } = setUp(true);
  finger('pointerdown', 1, 500, 250);
  finger('pointerdown', 2, 500, 250);
  finger('pointercancel', 1, 500, 250);
  device.releaseAll();
  device.releaseAll();
  finger('pointerup', 2, 500, 250);
  assert.deepEqual(
    sent.map((event) => event.kind === 'touch' && `${event.event} ${event.pointerId}`),
    ['down 1', 'down 2', 'up 1', 'up 2'],
  );
});
