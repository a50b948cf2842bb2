import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { hevcNalType, parseHevcSps } from './hevc.ts';
import { SUNSHINE_HEVC_SPS, SUNSHINE_HEVC_VPS, X265_LAYERS_SPS, X265_MAIN_SPS, X265_MAIN10_SPS } from './test-bytes.ts';

test('the SPS of a recorded Sunshine and of x265 are parsed', () => {
  assert.deepEqual(parseHevcSps(SUNSHINE_HEVC_SPS), { profile: 1, tier: 0, level: 120, width: 1280, height: 720 });
  assert.deepEqual(parseHevcSps(X265_MAIN_SPS), { profile: 1, tier: 0, level: 120, width: 1920, height: 1080 });
  assert.deepEqual(parseHevcSps(X265_MAIN10_SPS), { profile: 2, tier: 0, level: 120, width: 1920, height: 1080 });
  assert.deepEqual(parseHevcSps(X265_LAYERS_SPS), { profile: 4, tier: 0, level: 63, width: 638, height: 358 });
});

test('anything but an SPS is refused', () => {
  const huge = Buffer.concat([SUNSHINE_HEVC_SPS, Buffer.alloc(4096, 1)]);
  for (const nal of [Buffer.alloc(0), SUNSHINE_HEVC_VPS, SUNSHINE_HEVC_SPS.subarray(0, 12), huge]) {
    assert.throws(() => parseHevcSps(nal), { code: 'MALFORMED_BITSTREAM' });
  }
  assert.equal(hevcNalType(Buffer.alloc(0)), -1);
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
        const sps = parseHevcSps(nal);
        assert.ok(sps.width > 0 && sps.width <= 8192 && sps.height > 0 && sps.height <= 8192);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
