import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyName, virtualKey } from '../keyboard/key-names.ts';
import { Desktop, type WheelSteps } from './desktop.ts';
import { InputLog } from './input-log.ts';

const key = (kind: 'keyDown' | 'keyUp', keyCode: number) => ({ kind, keyCode, modifiers: 0, flags: 0 }) as const;
const pad = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };

test('keys have familiar names', () => {
  assert.deepEqual(
    [0x8041, 0x30, 0x70, 0x87, 0x0d, 0x60, 0xa3, 0x07].map((code) => keyName(virtualKey(code))),
    ['A', '0', 'F1', 'F24', 'Enter', 'Num 0', 'Right Ctrl', '0x07'],
  );
});

test('a key held by two sessions stays down until both release it', () => {
  const desktop = new Desktop(1280, 720);
  desktop.apply(1, key('keyDown', 0x41));
  desktop.apply(2, key('keyDown', 0x8041));
  desktop.apply(1, key('keyUp', 0x41));
  assert.deepEqual(desktop.heldKeys(), [0x41]);
  desktop.release(2);
  assert.deepEqual(desktop.heldKeys(), []);
});

test('the pointer follows relative and absolute moves and stays on the screen', () => {
  const desktop = new Desktop(1280, 720);
  desktop.apply(1, { kind: 'mousePosition', x: 1919, y: 1079, width: 1920, height: 1080 });
  assert.deepEqual(desktop.pointer, { x: 1279, y: 719 });
  desktop.apply(1, { kind: 'mouseMove', dx: -9, dy: 100 });
  assert.deepEqual(desktop.pointer, { x: 1270, y: 719 });
  desktop.apply(1, { kind: 'mousePosition', x: 3, y: 3, width: 1, height: 0 });
  assert.deepEqual(desktop.pointer, { x: 1270, y: 719 }, 'a plane without size is ignored');
  desktop.resize(640, 360);
  assert.deepEqual(desktop.pointer, { x: 635, y: 359 });
});

test('a gamepad takes the slot with its own number if that is free', () => {
  const desktop = new Desktop(1280, 720);
  const state = (number: number, activeMask: number) =>
    ({ kind: 'controllerState', number, activeMask, buttons: 0, ...pad }) as const;
  desktop.apply(1, state(2, 0b100));
  desktop.apply(2, state(2, 0b100));
  assert.deepEqual(
    desktop.gamepads.slots.flatMap((each) => (each === null ? [] : [[each.slot, each.session]])),
    [
      [0, 2],
      [2, 1],
    ],
  );
  desktop.apply(1, state(2, 0));
  assert.equal(desktop.gamepads.slots[2], null);
});

test('a seventeenth gamepad is ignored', () => {
  const desktop = new Desktop(1280, 720);
  for (const session of [1, 2]) {
    for (let number = 0; number < 16; number++) {
      desktop.apply(session, { kind: 'controllerArrival', number, type: 0, capabilities: 0, supportedButtons: 0 });
    }
  }
  assert.ok(desktop.gamepads.slots.every((each) => each?.session === 1));
});

test('wheel steps below a notch are kept, dropped, or rounded up to a notch', () => {
  const turned = (steps: WheelSteps) => {
    const desktop = new Desktop(1280, 720, { wheelSteps: steps });
    for (const amount of [30, -240, -1]) desktop.apply(1, { kind: 'scroll', amount });
    desktop.apply(1, { kind: 'hscroll', amount: 119 });
    return [desktop.wheel.vertical, desktop.wheel.horizontal];
  };
  assert.deepEqual(turned('fine'), [-211, 119]);
  assert.deepEqual(turned('dropped'), [-240, 0]);
  assert.deepEqual(turned('whole'), [-240, 120]);
});

test('touches and typed text are bounded', () => {
  const desktop = new Desktop(1280, 720);
  const touch = {
    kind: 'touch',
    x: 0,
    y: 0,
    pressureOrDistance: 0,
    contactMajor: 0,
    contactMinor: 0,
    rotation: 0,
  } as const;
  for (let pointerId = 0; pointerId < 1000; pointerId++) desktop.apply(1, { ...touch, event: 'down', pointerId });
  assert.equal(desktop.touches.size, 32);
  desktop.apply(1, { ...touch, event: 'cancelAll', pointerId: 0 });
  assert.equal(desktop.touches.size, 0);
  for (let count = 0; count < 1000; count++) desktop.apply(1, { kind: 'text', text: 'moon' });
  assert.equal(desktop.text.length, 120);
  assert.ok(desktop.text.endsWith('moonmoon'));
});

test('the log keeps the order, adds names, and drops the oldest entries', () => {
  const log = new InputLog();
  const time = new Date(0);
  log.add(1, key('keyDown', 0x41), time);
  log.add(2, { kind: 'mouseDown', button: 4 }, time);
  assert.deepEqual(log.since(0), [
    { sequence: 1, time: '1970-01-01T00:00:00.000Z', session: 1, ...key('keyDown', 0x41), key: 'A' },
    { sequence: 2, time: '1970-01-01T00:00:00.000Z', session: 2, kind: 'mouseDown', button: 4, buttonName: 'x1' },
  ]);
  for (let count = 0; count < 100_000; count++) log.add(1, { kind: 'mouseMove', dx: 1, dy: 0 }, time);
  assert.equal(log.total, 100_002);
  const kept = log.since(0);
  assert.equal(kept.length, 20_000);
  assert.equal(kept.at(-1)!.sequence, 100_002);
  assert.equal(kept[0]!.sequence, 80_003);
  assert.deepEqual(log.since(100_001).length, 1);
});
test('starting an app clears the typed text', () => {
  const desktop = new Desktop(1280, 720);
  desktop.begin();
  desktop.apply(1, { kind: 'text', text: 'not saved' });
  desktop.release(1);
  assert.deepEqual([desktop.starts, desktop.text], [1, 'not saved']);
  desktop.begin();
  assert.deepEqual([desktop.starts, desktop.text], [2, '']);
});
