import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Desktop } from '../desktop/desktop.ts';
import { Canvas } from './canvas.ts';
import { drawFrameNumber, readFrameNumber } from './frame-number.ts';
import { layoutFor } from './layout.ts';
import { PictureRenderer } from './picture.ts';

const NOW = Date.UTC(2026, 0, 1);

/** A copy of the luma inside a rectangle. */
function luma(picture: PictureRenderer, rect: { x: number; y: number; width: number; height: number }): Buffer {
  const { canvas } = picture;
  const rows = [];
  for (let y = rect.y; y < rect.y + rect.height; y++) {
    rows.push(Buffer.from(canvas.y.subarray(y * canvas.width + rect.x, y * canvas.width + rect.x + rect.width)));
  }
  return Buffer.concat(rows);
}

function press(desktop: Desktop, keyCode: number): void {
  desktop.apply(1, { kind: 'keyDown', keyCode, modifiers: 0, flags: 0 });
}

test('any frame number can be read back from the squares', () => {
  const canvas = new Canvas(640, 360);
  fc.assert(
    fc.property(fc.nat(0xffffffff), (frame) => {
      drawFrameNumber(canvas, frame);
      assert.equal(readFrameNumber(canvas.y, canvas.width), frame);
    }),
  );
});

test('one damaged square makes the number unreadable', () => {
  const canvas = new Canvas(640, 360);
  drawFrameNumber(canvas, 0x12345678);
  for (let index = 0; index < 40; index++) {
    const damaged = Buffer.from(canvas.y);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        const at = y * canvas.width + index * 16 + x;
        damaged[at] = 251 - damaged[at]!;
      }
    }
    assert.equal(readFrameNumber(damaged, canvas.width), null, `square ${index}`);
  }
});

test('the first square is the most significant bit, white is 235 and black is 16', () => {
  const canvas = new Canvas(640, 360);
  drawFrameNumber(canvas, 0x80000001);
  const at = (square: number) => canvas.y[8 * canvas.width + square * 16 + 8];
  assert.equal(at(0), 235);
  assert.equal(at(1), 16);
  assert.equal(at(31), 235);
  // checksum 0x80 ^ 0x01 = 0x81
  assert.deepEqual([32, 33, 38, 39].map(at), [235, 16, 16, 235]);
});

for (const [width, height] of [
  [640, 360],
  [1280, 720],
  [1024, 768],
  [1920, 1080],
  [2560, 1080],
] as const) {
  test(`${width}x${height}: redrawing a part leaves nothing of the old one behind`, () => {
    const desktop = new Desktop(width, height);
    const used = new PictureRenderer(width, height, 'about');
    const random = seeded(7);
    for (let frame = 1; frame <= 60; frame++) {
      for (let event = 0; event < 4; event++) randomInput(desktop, random);
      used.draw(desktop, frame, NOW + frame * 137);
    }
    const fresh = new PictureRenderer(width, height, 'about');
    fresh.draw(desktop, 60, NOW + 60 * 137);
    assert.ok(used.canvas.data.equals(fresh.canvas.data), 'the picture depends on what was drawn before');
  });
}

test('holding a key changes only the keys panel', () => {
  const desktop = new Desktop(1280, 720);
  const picture = new PictureRenderer(1280, 720, 'about');
  picture.draw(desktop, 1, NOW);
  const before = Buffer.from(picture.canvas.y);
  const { keys } = layoutFor(1280, 720);
  const keysBefore = luma(picture, keys);
  press(desktop, 0x41);
  picture.draw(desktop, 1, NOW);
  assert.ok(!luma(picture, keys).equals(keysBefore));
  for (let at = 0; at < before.length; at++) {
    const x = at % 1280;
    const y = Math.floor(at / 1280);
    if (x >= keys.x && x < keys.x + keys.width && y >= keys.y && y < keys.y + keys.height) continue;
    if (picture.canvas.y[at] !== before[at]) assert.fail(`pixel ${x},${y} changed`);
  }
});

test('keys that do not fit are counted, not drawn outside the panel', () => {
  const desktop = new Desktop(640, 360);
  const picture = new PictureRenderer(640, 360, 'about');
  for (let key = 0x41; key <= 0x5a; key++) press(desktop, key);
  for (let key = 0x70; key <= 0x87; key++) press(desktop, key);
  const { keys, mouse } = layoutFor(640, 360);
  const other = new PictureRenderer(640, 360, 'about');
  other.draw(new Desktop(640, 360), 1, NOW);
  picture.draw(desktop, 1, NOW);
  assert.ok(!luma(picture, keys).equals(luma(other, keys)));
  assert.ok(luma(picture, mouse).equals(luma(other, mouse)));
});

test('each gamepad is drawn in the cell of its slot', () => {
  const { gamepads } = layoutFor(1280, 720);
  for (const slot of [0, 7, 15]) {
    const desktop = new Desktop(1280, 720);
    const picture = new PictureRenderer(1280, 720, 'about');
    picture.draw(desktop, 1, NOW);
    const before = gamepads.map((cell) => luma(picture, cell));
    desktop.apply(1, { kind: 'controllerArrival', number: slot, type: 1, capabilities: 0, supportedButtons: 0 });
    picture.draw(desktop, 1, NOW);
    const changed = gamepads.flatMap((cell, index) => (luma(picture, cell).equals(before[index]!) ? [] : [index]));
    assert.deepEqual(changed, [slot]);
  }
});

test('the pointer is drawn at the edges without leaving the picture', () => {
  const desktop = new Desktop(1280, 720);
  const picture = new PictureRenderer(1280, 720, 'about');
  for (const [x, y] of [
    [0, 0],
    [1279, 0],
    [0, 719],
    [1279, 719],
  ] as const) {
    desktop.apply(1, { kind: 'mousePosition', x, y, width: 1280, height: 720 });
    picture.draw(desktop, 1, NOW);
    assert.equal(readFrameNumber(picture.canvas.y, 1280), 1);
  }
});

test('touches beside the picture are drawn nowhere, and the next picture is as before', () => {
  const desktop = new Desktop(640, 360);
  const picture = new PictureRenderer(640, 360, 'about');
  picture.draw(desktop, 1, NOW);
  const before = Buffer.from(picture.canvas.data);
  const rest = { pressureOrDistance: 0, contactMajor: 0, contactMinor: 0, rotation: 0 };
  for (const [x, y] of [
    [-0.02, 0],
    [0, -0.02],
    [-3e38, -3e38],
    [3e38, 3e38],
    [1.02, 1.02],
  ] as const) {
    desktop.apply(1, { kind: 'touch', event: 'down', pointerId: 1, x, y, ...rest });
    picture.draw(desktop, 1, NOW);
    desktop.apply(1, { kind: 'touch', event: 'up', pointerId: 1, x, y, ...rest });
    picture.draw(desktop, 1, NOW);
    assert.ok(picture.canvas.data.equals(before), `${x}, ${y}`);
  }
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomInput(desktop: Desktop, random: () => number): void {
  const whole = (most: number) => Math.floor(random() * most);
  const number = whole(16);
  switch (whole(7)) {
    case 0:
      desktop.apply(1, { kind: random() < 0.5 ? 'keyDown' : 'keyUp', keyCode: whole(256), modifiers: 0, flags: 0 });
      break;
    case 1:
      desktop.apply(1, { kind: 'mouseMove', dx: whole(400) - 200, dy: whole(400) - 200 });
      break;
    case 2:
      desktop.apply(1, { kind: random() < 0.5 ? 'mouseDown' : 'mouseUp', button: 1 + whole(5) });
      break;
    case 3:
      desktop.apply(1, { kind: 'text', text: String.fromCodePoint(32 + whole(200)) });
      break;
    case 4:
      desktop.apply(1, { kind: 'scroll', amount: whole(480) - 240 });
      break;
    case 5:
      desktop.apply(1, {
        kind: 'controllerState',
        number,
        activeMask: random() < 0.8 ? 1 << number : 0,
        buttons: whole(2 ** 22),
        leftTrigger: whole(256),
        rightTrigger: whole(256),
        leftX: whole(65536) - 32768,
        leftY: whole(65536) - 32768,
        rightX: whole(65536) - 32768,
        rightY: whole(65536) - 32768,
      });
      break;
    case 6:
      desktop.apply(1, {
        kind: 'touch',
        event: random() < 0.6 ? 'down' : 'up',
        pointerId: whole(4),
        x: random(),
        y: random(),
        pressureOrDistance: 0,
        contactMajor: 0,
        contactMinor: 0,
        rotation: 0,
      });
      break;
  }
}
