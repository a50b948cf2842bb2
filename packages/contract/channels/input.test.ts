import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeInput, MAX_TEXT_BYTES } from './decode.ts';
import { encodeInput, splitText } from './encode.ts';
import type { ViewerInput } from './input.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const i16 = fc.integer({ min: -0x8000, max: 0x7fff });
const i8 = fc.integer({ min: -0x80, max: 0x7f });
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const unit = fc.float({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const size = fc.float({ min: 0, max: 1000, noNaN: true }).map((value) => value + 0);
const id = fc.integer({ min: 0, max: 15 });

const position = fc
  .record({ width: fc.integer({ min: 1, max: 0x7fff }), height: fc.integer({ min: 1, max: 0x7fff }) })
  .chain(({ width, height }) =>
    fc.record({
      kind: fc.constant('mousePosition' as const),
      x: fc.integer({ min: 0, max: width }),
      y: fc.integer({ min: 0, max: height }),
      width: fc.constant(width),
      height: fc.constant(height),
    }),
  );

const event: fc.Arbitrary<ViewerInput> = fc.oneof(
  position,
  fc.record({ kind: fc.constantFrom('mouseMove' as const, 'wheelPixels' as const), dx: i16, dy: i16 }),
  fc.record({ kind: fc.constant('wheelNotches' as const), dx: i8, dy: i8 }),
  fc.record({
    kind: fc.constant('mouseButton' as const),
    down: fc.boolean(),
    button: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('key' as const), down: fc.boolean(), modifiers: u8, virtualKey: u16 }),
  fc.record({
    kind: fc.constant('lockKeys' as const),
    capsLock: fc.option(fc.boolean()),
    numLock: fc.option(fc.boolean()),
    scrollLock: fc.option(fc.boolean()),
  }),
  fc.record({ kind: fc.constant('text' as const), text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) }),
  fc.record({
    kind: fc.constant('touch' as const),
    event: fc.constantFrom('down' as const, 'move' as const, 'up' as const),
    pointerId: u32,
    x: unit,
    y: unit,
    pressure: unit,
    contactMajor: size,
    contactMinor: size,
    rotation: u16,
  }),
  fc.record({ kind: fc.constant('controllerAdd' as const), id, supportedButtons: u32, capabilities: u16 }),
  fc.record({ kind: fc.constant('controllerRemove' as const), id }),
  fc.record({
    kind: fc.constant('controllerState' as const),
    id,
    buttons: u32,
    leftTrigger: u8,
    rightTrigger: u8,
    leftX: i16,
    leftY: i16,
    rightX: i16,
    rightY: i16,
  }),
);

describe('input messages', () => {
  const vectors: [label: string, bytes: string, expected: ViewerInput][] = [
    ['mouse', '00 ffff 0002', { kind: 'mouseMove', dx: -1, dy: 2 }],
    ['mouse', '01 0064 0032 0500 02d0', { kind: 'mousePosition', x: 100, y: 50, width: 1280, height: 720 }],
    ['mouse', '02 01 03', { kind: 'mouseButton', down: true, button: 3 }],
    ['mouse', '03 0000 ff88', { kind: 'wheelPixels', dx: 0, dy: -120 }],
    ['mouse', '04 00 ff', { kind: 'wheelNotches', dx: 0, dy: -1 }],
    ['keyboard', '00 01 01 0041', { kind: 'key', down: true, modifiers: 1, virtualKey: 0x41 }],
    ['keyboard', '01 02 c3a9', { kind: 'text', text: 'é' }],
    ['lockKeys', '03 01', { kind: 'lockKeys', capsLock: true, numLock: false, scrollLock: null }],
    ['controllers', '00 02 0000f3ff 0003', { kind: 'controllerAdd', id: 2, supportedButtons: 0xf3ff, capabilities: 3 }],
    ['controllers', '01 02', { kind: 'controllerRemove', id: 2 }],
  ];
  for (const [label, bytes, expected] of vectors) {
    it(`reads and writes ${label} ${bytes}`, () => {
      assert.deepEqual(decodeInput(label, hex(bytes)), expected);
      const message = encodeInput(expected);
      assert.equal(message.channel, label);
      assert.deepEqual(message.data, hex(bytes));
    });
  }

  it('reads a controller state from the channel of its controller', () => {
    const bytes = hex('00 00001001 ff 80 7fff 8000 0001 ffff');
    assert.deepEqual(decodeInput('controller15', bytes), {
      kind: 'controllerState',
      id: 15,
      buttons: 0x1001,
      leftTrigger: 255,
      rightTrigger: 128,
      leftX: 32767,
      leftY: -32768,
      rightX: 1,
      rightY: -1,
    });
  });

  it('accepts the split mouse channels', () => {
    for (const label of ['mouseClicks', 'mouseAbsolute', 'mouseRelative'])
      assert.deepEqual(decodeInput(label, hex('02 00 01')), { kind: 'mouseButton', down: false, button: 1 });
  });

  it('reads 27-byte and 28-byte touch messages alike', () => {
    const bytes = hex('01 00000007 3f000000 3e800000 3f800000 40000000 3f800000 005a');
    const padded = new Uint8Array(28);
    padded.set(bytes);
    const expected: ViewerInput = {
      kind: 'touch',
      event: 'move',
      pointerId: 7,
      x: 0.5,
      y: 0.25,
      pressure: 1,
      contactMajor: 2,
      contactMinor: 1,
      rotation: 90,
    };
    assert.deepEqual(decodeInput('touch', bytes), expected);
    assert.deepEqual(decodeInput('touch', padded), expected);
    assert.equal(decodeInput('touch', bytes.subarray(0, 26)), null);
  });

  it('takes the rest of a text message as the text, whatever its length byte says', () => {
    assert.deepEqual(decodeInput('keyboard', hex('01 01 c3a9')), { kind: 'text', text: 'é' });
    assert.deepEqual(decodeInput('keyboard', hex('01 ff 61')), { kind: 'text', text: 'a' });
  });

  it('refuses nonsensical messages', () => {
    for (const [label, bytes] of [
      ['mouse', ''],
      ['mouse', '05 0000 0000'],
      ['mouse', '00 0000'],
      ['mouse', '01 0000 0000 0000 02d0'],
      ['mouse', '01 0000 0000 0500 ffff'],
      ['mouse', '02 01 00'],
      ['mouse', '02 01 06'],
      ['keyboard', '02 00'],
      ['keyboard', '00 01 00 41'],
      ['keyboard', '01 00'],
      ['keyboard', '01 01 ff'],
      ['lockKeys', '01'],
      ['touch', `03 00000000 ${'00000000'.repeat(5)} 0000`],
      ['touch', `00 00000000 7fc00000 ${'00000000'.repeat(4)} 0000`],
      ['controllers', '00 10 00000000 0000'],
      ['controllers', '02 00'],
      ['controller0', '01 00000000 00 00 0000 0000 0000 0000'],
      ['controller16', '00 00000000 00 00 0000 0000 0000 0000'],
      ['controller00', '00 00000000 00 00 0000 0000 0000 0000'],
      ['general', '00 0000 0000'],
      ['constructor', '00 0000 0000'],
    ] as const)
      assert.equal(decodeInput(label, hex(bytes)), null, `${label} ${bytes}`);
  });

  it('limits the length of a text', () => {
    const message = (length: number) => Uint8Array.from([1, 0, ...new Uint8Array(length).fill(0x61)]);
    assert.equal(decodeInput('keyboard', message(MAX_TEXT_BYTES))?.kind, 'text');
    assert.equal(decodeInput('keyboard', message(MAX_TEXT_BYTES + 1)), null);
  });

  it('keeps the pointer inside the picture', () => {
    assert.deepEqual(decodeInput('mouse', hex('01 fff0 0300 0500 02d0')), {
      kind: 'mousePosition',
      x: 0,
      y: 720,
      width: 1280,
      height: 720,
    });
  });

  it('decodes every event back to what was encoded', () => {
    fc.assert(
      fc.property(event, (value) => {
        const { channel, data } = encodeInput(value);
        assert.deepEqual(decodeInput(channel, data), { ...value });
      }),
    );
  });

  it('encodes out-of-range numbers as the nearest that fits', () => {
    assert.deepEqual(encodeInput({ kind: 'mouseMove', dx: 1e9, dy: -1e9 }).data, hex('00 7fff 8000'));
    assert.deepEqual(encodeInput({ kind: 'mouseMove', dx: 0.6, dy: Number.NaN }).data, hex('00 0001 0000'));
  });

  it('splits a long text into messages of whole code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const decoded = splitText(text).map((piece) =>
          decodeInput('keyboard', encodeInput({ kind: 'text', text: piece }).data),
        );
        assert.equal(decoded.map((input) => (input?.kind === 'text' ? input.text : '?')).join(''), text);
      }),
    );
  });

  it('never throws and never leaves its types, whatever the input', () => {
    const label = fc.oneof(
      fc.constantFrom(
        'mouse',
        'keyboard',
        'lockKeys',
        'touch',
        'controllers',
        'controller0',
        'controller15',
        'general',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(label, fc.uint8Array({ maxLength: 40 }), (name, bytes) => {
        const input = decodeInput(name, bytes);
        if (input === null) return;
        for (const value of Object.values(input)) if (typeof value === 'number') assert.ok(Number.isFinite(value));
        if ('id' in input) assert.ok(input.id < 16);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a message inside a larger buffer', () => {
    const bytes = hex('dead 00 ffff 0002 beef').subarray(2, 7);
    assert.deepEqual(decodeInput('mouse', bytes), { kind: 'mouseMove', dx: -1, dy: 2 });
  });
});
