import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { h264NalType, parseH264Sps, rewriteH264Sps } from './h264.ts';
import {
  BARE_SPS,
  SUNSHINE_PPS,
  SUNSHINE_SPS,
  WOLF_SPS,
  X264_444_SPS,
  X264_BASELINE_SPS,
  X264_HRD_SPS,
  X264_REORDERING_SPS,
} from './testing/bytes.ts';

test('the SPS of a recorded Sunshine is parsed', () => {
  assert.deepEqual(parseH264Sps(SUNSHINE_SPS), {
    profileIdc: 100,
    constraintFlags: 0,
    levelIdc: 32,
    profileLevelId: '640020',
    width: 1280,
    height: 720,
    maxNumRefFrames: 1,
    maxNumReorderFrames: 0,
    maxDecFrameBuffering: 1,
    colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false },
  });
});

test('the SPS of other encoders are parsed', () => {
  const facts = (nal: Buffer) => {
    const sps = parseH264Sps(nal);
    return [sps.profileLevelId, sps.width, sps.height, sps.maxNumRefFrames, sps.maxNumReorderFrames];
  };
  assert.deepEqual(facts(WOLF_SPS), ['640020', 1280, 720, 1, 0]);
  assert.deepEqual(facts(X264_REORDERING_SPS), ['640028', 1920, 1080, 4, 2]);
  assert.deepEqual(facts(X264_HRD_SPS), ['64001e', 640, 360, 3, 0]);
  assert.deepEqual(facts(X264_444_SPS), ['f40020', 1366, 768, 3, 0]);
  assert.deepEqual(facts(X264_BASELINE_SPS), ['42c028', 1920, 1080, 1, 0]);
  assert.deepEqual(facts(BARE_SPS), ['42000a', 128, 96, 0, null]);
});

test('an SPS that does not rule out reordering is rewritten to do so, and nothing else changes', () => {
  for (const nal of [X264_REORDERING_SPS, BARE_SPS]) {
    const before = parseH264Sps(nal);
    const rewritten = rewriteH264Sps(nal);
    assert.deepEqual(parseH264Sps(rewritten), {
      ...before,
      maxNumReorderFrames: 0,
      maxDecFrameBuffering: before.maxNumRefFrames,
    });
    assert.equal(rewriteH264Sps(rewritten), rewritten);
  }
  // Up to the bitstream restriction, which ends the SPS, the bytes are the same.
  assert.deepEqual(rewriteH264Sps(X264_REORDERING_SPS).subarray(0, 21), X264_REORDERING_SPS.subarray(0, 21));
});

test('an SPS that rules out reordering is unchanged', () => {
  for (const nal of [SUNSHINE_SPS, WOLF_SPS, X264_HRD_SPS, X264_444_SPS]) assert.equal(rewriteH264Sps(nal), nal);
});

test('anything but an SPS is refused', () => {
  const refused = { code: 'MALFORMED_BITSTREAM' };
  const huge = Buffer.concat([SUNSHINE_SPS, Buffer.alloc(4096, 1)]);
  for (const nal of [Buffer.alloc(0), SUNSHINE_PPS, Buffer.from('67', 'hex'), SUNSHINE_SPS.subarray(0, 8), huge]) {
    assert.throws(() => parseH264Sps(nal), refused);
    assert.throws(() => rewriteH264Sps(nal), refused);
  }
  // 9x1023 macroblocks high.
  assert.throws(() => parseH264Sps(Buffer.from('6742000af8000801000a', 'hex')), refused);
  assert.equal(h264NalType(Buffer.alloc(0)), -1);
});

test('damaged and random SPS are parsed or throw BitstreamError', () => {
  const damaged = fc
    .tuple(
      fc.constantFrom(SUNSHINE_SPS, X264_HRD_SPS, X264_444_SPS, X264_REORDERING_SPS, BARE_SPS),
      fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 }),
      fc.nat(40),
    )
    .map(([nal, changes, cut]) => {
      const copy = Buffer.from(nal.subarray(0, cut));
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  const random = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.of(0x67), bytes]));
  fc.assert(
    fc.property(fc.oneof(damaged, random), (nal) => {
      try {
        const sps = parseH264Sps(nal);
        assert.ok(sps.width > 0 && sps.width <= 8192 && sps.height > 0 && sps.height <= 8192);
        assert.equal(parseH264Sps(rewriteH264Sps(nal)).maxNumReorderFrames, 0);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
