import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitWriter, escapeRbsp } from './bits.ts';
import { BitstreamError } from './errors.ts';
import { parseHevcSps } from './hevc-sps.ts';
import {
  SUNSHINE_HEVC_SPS,
  SUNSHINE_HEVC_VPS,
  X265_LAYERS_SPS,
  X265_MAIN_SPS,
  X265_MAIN10_SPS,
} from './testing/bytes.ts';

const refused = { code: 'MALFORMED_BITSTREAM' };
const unspecified = { primaries: 2, transfer: 2, matrix: 2, fullRange: false };

test('the SPS of a recorded Sunshine and of x265 are parsed', () => {
  const facts = (nal: Buffer) => {
    const { profile, tier, level, width, height } = parseHevcSps(nal);
    return [profile, tier, level, width, height];
  };
  assert.deepEqual(facts(SUNSHINE_HEVC_SPS), [1, 0, 120, 1280, 720]);
  assert.deepEqual(facts(X265_MAIN_SPS), [1, 0, 120, 1920, 1080]);
  assert.deepEqual(facts(X265_MAIN10_SPS), [2, 0, 120, 1920, 1080]);
  assert.deepEqual(facts(X265_LAYERS_SPS), [4, 0, 63, 638, 358]);
  const { profileSpace, compatibility, constraints, colour } = parseHevcSps(SUNSHINE_HEVC_SPS);
  assert.deepEqual([profileSpace, compatibility, constraints.toString('hex')], [0, 0x60000000, '900000000000']);
  assert.deepEqual(colour, { primaries: 1, transfer: 1, matrix: 1, fullRange: false });
  assert.deepEqual(parseHevcSps(X265_MAIN_SPS).colour, unspecified);
});

/** Values of `u(n)` as `value:bits`, of `ue(v)` as a bare number, in the order of H.265 §7.3.2.2. */
function sps(...fields: string[]): Buffer {
  const writer = new BitWriter();
  for (const field of fields.join(' ').split(/\s+/)) {
    const [value, bits] = field.split(':').map(Number);
    if (bits === undefined) writer.ue(value!);
    else writer.bits(value!, bits);
  }
  return escapeRbsp(Buffer.of(0x42, 1), writer.finish());
}

const PROFILE = '0:4 0:3 1:1 0:2 0:1 2:5 0x20000000:32 0:32 0:16 93:8 0';
const SIZE = '1 1280 720 0:1';
const VUI = '1:1 1:1 255:8 1:32 1:1 0:1 1:1 5:3 1:1 1:1 9:8 16:8 9:8';
const HDR = { primaries: 9, transfer: 16, matrix: 9, fullRange: true };

test('the colour is found behind everything that may come before it', () => {
  const lists = `1:1 1:1 ${'0:1 1 '.repeat(20)}`;
  const coefficients = `1:1 1:1 ${`1:1 ${'0 '.repeat(16)}`.repeat(6)} ${'0:1 0 '.repeat(14)}`;
  const variants = {
    nothing: '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 0 0:1 0:2',
    'scaling lists': `0 0 4 1:1 1 1 1 0 3 0 3 0 0 ${lists} 0:2 0:1 0 0:1 0:2`,
    'scaling lists with coefficients': `0 0 4 1:1 1 1 1 0 3 0 3 0 0 ${coefficients} 0:2 0:1 0 0:1 0:2`,
    PCM: '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 1:1 119:8 0 2 1:1 0 0:1 0:2',
    // The second set is told as the first with two of its three pictures.
    'reference picture sets':
      '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 2 1 1 0 1:1 0 1:1 1:1 0:1 0 1:1 0:1 1:1 0:1 0:1 0:1 0:2',
    'long-term pictures': '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 0 1:1 2 255:8 1:1 7:8 0:1 0:2',
  };
  for (const [what, coding] of Object.entries(variants))
    assert.deepEqual(parseHevcSps(sps(PROFILE, SIZE, coding, VUI)).colour, HDR, what);
  assert.deepEqual(parseHevcSps(sps(PROFILE, SIZE, variants.nothing, '0:1')).colour, unspecified);
});

test('anything but an SPS is refused, and numbers that no SPS has', () => {
  const huge = Buffer.concat([SUNSHINE_HEVC_SPS, Buffer.alloc(4096, 1)]);
  const absurd = [
    sps(PROFILE, SIZE, '0 0 13'),
    sps(PROFILE, SIZE, '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 65'),
    sps(PROFILE, SIZE, '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 1 17 0'),
    sps(PROFILE, SIZE, '0 0 4 1:1 1 1 1 0 3 0 3 0 0 0:1 0:2 0:1 0 1:1 33'),
  ];
  for (const nal of [Buffer.alloc(0), SUNSHINE_HEVC_VPS, SUNSHINE_HEVC_SPS.subarray(0, 12), huge, ...absurd])
    assert.throws(() => parseHevcSps(nal), refused);
});

test('damaged and random SPS are parsed or throw BitstreamError', () => {
  const damaged = fc
    .tuple(
      fc.constantFrom(SUNSHINE_HEVC_SPS, X265_MAIN_SPS, X265_LAYERS_SPS),
      fc.array(fc.tuple(fc.nat(44), fc.nat(255)), { maxLength: 4 }),
      fc.nat(50),
    )
    .map(([nal, changes, cut]) => {
      const copy = Buffer.from(nal.subarray(0, cut));
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.of(0x42, 1), bytes]));
  fc.assert(
    fc.property(fc.oneof(damaged, random), (nal) => {
      try {
        const { width, height } = parseHevcSps(nal);
        assert.ok(width > 0 && width <= 8192 && height > 0 && height <= 8192);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
