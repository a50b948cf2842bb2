import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeInput } from './decode.ts';
import { encodeInput } from './encode.ts';
import type { InputPacket, PenPacket, PointerEvent, TouchPacket } from './packet.ts';
import { splitText } from './split.ts';

const TOUCH: TouchPacket = {
  kind: 'touch',
  event: 'down',
  pointerId: 7,
  x: 0.25,
  y: 0.5,
  pressureOrDistance: 0.75,
  contactMajor: 0,
  contactMinor: 0,
  rotation: 0xffff,
};
const PEN: PenPacket = {
  kind: 'pen',
  event: 'hover',
  tool: 1,
  buttons: 0,
  x: 0.125,
  y: 0.875,
  pressureOrDistance: 0.5,
  rotation: 90,
  tilt: 30,
  contactMajor: 0,
  contactMinor: 0,
};
const where = (p: InputPacket, lastPen: PenPacket | null = null) => {
  const { channel, mode } = encodeInput(p, lastPen);
  return [channel, mode];
};

test('channel and mode of each packet', () => {
  const pad = (number: number) => ({ kind: 'controllerBattery' as const, number, state: 0, percentage: 0xff });
  const motion = (sensor: number, x: number) => ({
    kind: 'controllerMotion' as const,
    number: 3,
    sensor,
    x,
    y: 0,
    z: 0,
  });
  assert.deepEqual(where({ kind: 'hapticsEnable', enabled: true }), [0, 'reliable']);
  assert.deepEqual(where({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 }), [2, 'reliable']);
  assert.deepEqual(where({ kind: 'text', text: 'a' }), [6, 'reliable']);
  assert.deepEqual(where({ kind: 'mouseMove', dx: 1, dy: 1 }), [3, 'reliable']);
  assert.deepEqual(where({ kind: 'hscroll', amount: 120 }), [3, 'reliable']);
  assert.deepEqual(where(pad(15)), [0x1f, 'reliable']);
  assert.deepEqual(where(motion(1, 0)), [0x23, 'unreliable'], 'accelerometer at 0');
  assert.deepEqual(where(motion(2, 0)), [0x23, 'reliable'], 'gyroscope at rest');
  assert.deepEqual(where(motion(2, 1)), [0x23, 'unreliable']);
});

test('hover and move are unreliable, the other pointer events reliable', () => {
  const events: PointerEvent[] = ['hover', 'down', 'up', 'move', 'cancel', 'buttonOnly', 'hoverLeave', 'cancelAll'];
  for (const event of events) {
    const mode = event === 'hover' || event === 'move' ? 'unreliable' : 'reliable';
    assert.deepEqual(where({ ...TOUCH, event }), [5, mode], event);
    assert.deepEqual(where({ ...PEN, event }), [4, mode], event);
  }
});

test('a pen move whose buttons changed is reliable', () => {
  assert.deepEqual(where({ ...PEN, buttons: 1 }, PEN), [4, 'reliable']);
  assert.deepEqual(where({ ...PEN, buttons: 1 }, { ...PEN, buttons: 1 }), [4, 'unreliable']);
});

test('values that do not fit are INVALID_ARGUMENT, never a RangeError', () => {
  const bad: InputPacket[] = [
    { kind: 'mouseMove', dx: 40000, dy: 0 },
    { kind: 'mouseMove', dx: 0.5, dy: 0 },
    { kind: 'mousePosition', x: 0, y: 0, width: 1, height: 720 },
    { kind: 'mousePosition', x: 0, y: 0, width: 40000, height: 720 },
    { kind: 'keyDown', keyCode: 70000, modifiers: 0, flags: 0 },
    { kind: 'scroll', amount: Number.NaN },
    { ...TOUCH, x: Number.NaN },
    { ...TOUCH, pointerId: -1 },
    { ...TOUCH, event: 'jump' as PointerEvent },
    { kind: 'controllerBattery', number: 16, state: 0, percentage: 0 },
    { kind: 'text', text: '' },
    { kind: 'text', text: 'x'.repeat(33) },
    { kind: 'text', text: '\ud800' },
  ];
  for (const packet of bad) assert.throws(() => encodeInput(packet), { code: 'INVALID_ARGUMENT' });
});

test('text does not appear in the error', () => {
  assert.throws(
    () => encodeInput({ kind: 'text', text: 'hunter2'.repeat(10) }),
    (e: Error) => !/hunter2/.test(e.message),
  );
});

test('text is split by code points, and lone surrogates are left out', () => {
  assert.deepEqual(
    splitText('a€😀\ud800b').map((p) => p.kind === 'text' && p.text),
    ['a', '€', '😀', 'b'],
  );
});

test('anything but an input packet decodes to null', () => {
  const hex = (s: string) => decodeInput(Buffer.from(s.replaceAll(' ', ''), 'hex'));
  assert.equal(hex('00000008 07000000'), null, 'size beyond the payload');
  assert.equal(hex('00000003 07000000 000afffd'), null, 'size below 4');
  assert.equal(hex('00000006 07000000 000a'), null, 'short body');
  assert.equal(hex('00000008 99000000 000afffd'), null, 'unknown kind');
  assert.equal(hex('00000008 07000055 10035000'), null, 'controller 16');
  assert.equal(hex('0000000e 05000000 02800168 0000 ffff ffff'), null, 'reference size 0');
  assert.equal(hex('00000005 17000000 ff'), null, 'no UTF-8');
  assert.equal(hex('00000014 06000055 00020000 0000c07f 00000000 00000000'), null, 'NaN');
  assert.deepEqual(hex('00000008 07000000 000afffd eeee'), { kind: 'mouseMove', dx: 10, dy: -3 }, 'trailing bytes');
});

const s16 = fc.integer({ min: -0x8000, max: 0x7fff });
const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const number = fc.nat(15);
const f32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const event = fc.constantFrom<PointerEvent>(
  'hover',
  'down',
  'up',
  'move',
  'cancel',
  'buttonOnly',
  'hoverLeave',
  'cancelAll',
);
const size = fc.integer({ min: 2, max: 0x8000 });
const anyPacket: fc.Arbitrary<InputPacket> = fc.oneof(
  fc.record({ kind: fc.constant('hapticsEnable' as const), enabled: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('keyDown' as const, 'keyUp' as const), keyCode: u16, modifiers: u8, flags: u8 }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ minLength: 1, maxLength: 8, unit: 'binary' }) }),
  fc.record({ kind: fc.constant('mouseMove' as const), dx: s16, dy: s16 }),
  fc.record({ kind: fc.constant('mousePosition' as const), x: s16, y: s16, width: size, height: size }),
  fc.record({ kind: fc.constantFrom('mouseDown' as const, 'mouseUp' as const), button: u8 }),
  fc.record({ kind: fc.constantFrom('scroll' as const, 'hscroll' as const), amount: s16 }),
  fc.record({
    kind: fc.constant('touch' as const),
    event,
    pointerId: u32,
    x: f32,
    y: f32,
    pressureOrDistance: f32,
    contactMajor: f32,
    contactMinor: f32,
    rotation: u16,
  }),
  fc.record({
    kind: fc.constant('pen' as const),
    event,
    tool: u8,
    buttons: u8,
    x: f32,
    y: f32,
    pressureOrDistance: f32,
    rotation: u16,
    tilt: u8,
    contactMajor: f32,
    contactMinor: f32,
  }),
  fc.record({
    kind: fc.constant('controllerArrival' as const),
    number,
    type: u8,
    capabilities: u16,
    supportedButtons: u32,
  }),
  fc.record({
    kind: fc.constant('controllerState' as const),
    number,
    activeMask: u16,
    buttons: u32,
    leftTrigger: u8,
    rightTrigger: u8,
    leftX: s16,
    leftY: s16,
    rightX: s16,
    rightY: s16,
  }),
  fc.record({
    kind: fc.constant('controllerTouch' as const),
    number,
    event,
    touchpad: u8,
    pointerId: u32,
    x: f32,
    y: f32,
    pressure: f32,
  }),
  fc.record({ kind: fc.constant('controllerMotion' as const), number, sensor: u8, x: f32, y: f32, z: f32 }),
  fc.record({ kind: fc.constant('controllerBattery' as const), number, state: u8, percentage: u8 }),
);

test('every packet decodes to what was encoded', () => {
  fc.assert(
    fc.property(anyPacket, (packet) => {
      assert.deepEqual(decodeInput(encodeInput(packet).payload), { ...packet });
    }),
    { numRuns: 500 },
  );
});

test('no bytes make the decoder throw', () => {
  const kinds = fc.constantFrom(3, 4, 5, 7, 8, 9, 10, 12, 13, 23, ...[1, 2, 3, 4, 5, 6, 7].map((n) => 0x55000000 + n));
  fc.assert(
    fc.property(kinds, fc.nat(64), fc.uint8Array({ maxLength: 48 }), (kind, stated, body) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(stated, 0);
      head.writeUInt32LE(kind, 4);
      const packet = decodeInput(Buffer.concat([head, body]));
      if (packet !== null && packet.kind !== 'text') encodeInput(packet);
    }),
    { numRuns: 500 },
  );
});
