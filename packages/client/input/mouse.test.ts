import assert from 'node:assert/strict';
import test from 'node:test';
import { captureMouse } from './mouse.ts';
import { FakeSurface, pictureSize, recorder } from './testing/surface.ts';

// The picture is 888.9 × 500 at x = 55.6. Pointer lock and the rest of a real browser are in e2e/input.test.ts.

function setUp() {
  const surface = new FakeSurface();
  const { sent, send } = recorder();
  let isTaken = true;
  const device = captureMouse({
    surface: surface.element,
    pictureSize,
    send,
    isTaken: () => isTaken,
    isPinch: ({ ctrlKey }) => ctrlKey,
  });
  const take = (taken: boolean) => {
    isTaken = taken;
  };
  const short = () =>
    sent.splice(0).map((event) => {
      if (event.kind === 'mousePosition') return `${event.x},${event.y}`;
      return event.kind === 'mouseButton' ? `${event.down ? '+' : '-'}${event.button}` : event.kind;
    });
  return { surface, device, short, take };
}

test('a click sends the position before the button', () => {
  const { surface, short } = setUp();
  surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons: 1 });
  surface.pointer('pointerup', { clientX: 500, clientY: 250, buttons: 0 });
  assert.deepEqual(short(), ['320,180', '+1', '320,180', '-1']);
  assert.deepEqual(surface.captured, [1]);
});

test('browser buttons become the numbers on the wire', () => {
  const { surface, short } = setUp();
  for (const buttons of [1, 4, 2, 8, 16]) {
    surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons });
    surface.pointer('pointerup', { clientX: 500, clientY: 250, buttons: 0 });
  }
  const downs = short().filter((event) => event.startsWith('+'));
  assert.deepEqual(downs, ['+1', '+2', '+3', '+4', '+5']);
});

test('a second button arrives as a move, and a missed button-up is sent later', () => {
  const { surface, short } = setUp();
  surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons: 1 });
  surface.pointer('pointermove', { clientX: 500, clientY: 250, buttons: 3 });
  surface.pointer('pointermove', { clientX: 500, clientY: 250, buttons: 0 });
  assert.deepEqual(
    short().filter((event) => !event.includes(',')),
    ['+1', '+3', '-1', '-3'],
  );
});

test('the bars beside the picture send nothing, except during a drag', () => {
  const { surface, short } = setUp();
  surface.pointer('pointermove', { clientX: 20, clientY: 250 });
  surface.pointer('pointerdown', { clientX: 20, clientY: 250, buttons: 1 });
  surface.pointer('pointerup', { clientX: 20, clientY: 250, buttons: 0 });
  assert.deepEqual(short(), []);
  surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons: 1 });
  surface.pointer('pointermove', { clientX: 20, clientY: 250, buttons: 1 });
  surface.pointer('pointerup', { clientX: 20, clientY: 900, buttons: 0 });
  assert.deepEqual(short(), ['320,180', '+1', '0,180', '0,360', '-1']);
});

test('touches are ignored; closing releases the buttons and stops listening', () => {
  const { surface, device, short } = setUp();
  surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons: 1, pointerType: 'touch' });
  assert.deepEqual(short(), []);
  surface.pointer('pointerdown', { clientX: 500, clientY: 250, buttons: 2 });
  device.close();
  surface.pointer('pointermove', { clientX: 400, clientY: 250, buttons: 2 });
  assert.deepEqual(short(), ['320,180', '+3', '-3']);
});

test('a mouse that only passes over the picture is not sent, and its wheel scrolls the page', () => {
  const { surface, short, take } = setUp();
  take(false);
  surface.pointer('pointermove', { clientX: 500, clientY: 250 });
  surface.pointer('pointermove', { clientX: 500, clientY: 250, buttons: 1 });
  assert.equal(surface.wheel({ deltaY: 100 }).defaultPrevented, false);
  assert.deepEqual(short(), []);
  take(true);
  surface.pointer('pointermove', { clientX: 500, clientY: 250 });
  assert.ok(surface.wheel({ deltaY: 100 }).defaultPrevented);
  assert.deepEqual(short(), ['320,180', 'wheelPixels']);
  surface.wheel({ deltaY: 100, ctrlKey: true });
  assert.deepEqual(short(), []);
});
