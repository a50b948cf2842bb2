import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitstreamError } from './errors.ts';
import { describeKeyFrame } from './stream-description.ts';
import {
  BARE_SPS,
  SUNSHINE_HEVC_SPS,
  SUNSHINE_HEVC_VPS,
  SUNSHINE_PPS,
  SUNSHINE_SPS,
  SVT_INTER_UNIT,
  SVT_KEY_UNIT,
  WOLF_SPS,
  X264_BASELINE_SPS,
  X265_LAYERS_SPS,
  X265_MAIN10_SPS,
} from './testing/bytes.ts';

const START = Buffer.from([0, 0, 0, 1]);
const H264_SLICE = Buffer.from('6588840a', 'hex');
const HEVC_SLICE = Buffer.from('2601af0a', 'hex');
const annexB = (...nals: Buffer[]) => Buffer.concat(nals.flatMap((nal) => [START, nal]));
const bt709 = { primaries: 1, transfer: 1, matrix: 1, fullRange: false };
const unspecified = { primaries: 2, transfer: 2, matrix: 2, fullRange: false };
const refused = { code: 'MALFORMED_BITSTREAM' };

test('H.264 is described by its SPS, wherever that is before the picture', () => {
  const sunshine = { codec: 'avc1.640020', width: 1280, height: 720, colour: bt709 };
  assert.deepEqual(describeKeyFrame('h264', annexB(SUNSHINE_SPS, SUNSHINE_PPS, H264_SLICE)), sunshine);
  const delimiter = Buffer.from('09f0', 'hex');
  assert.deepEqual(describeKeyFrame('h264', annexB(delimiter, SUNSHINE_SPS, SUNSHINE_PPS, H264_SLICE)), sunshine);
  const codecOf = (sps: Buffer) => describeKeyFrame('h264', annexB(sps, SUNSHINE_PPS, H264_SLICE)).codec;
  assert.equal(codecOf(WOLF_SPS), 'avc1.640020');
  assert.equal(codecOf(X264_BASELINE_SPS), 'avc1.42c028');
  assert.equal(codecOf(BARE_SPS), 'avc1.42000a');
});

test('HEVC is described by its SPS', () => {
  const of = (sps: Buffer) => describeKeyFrame('hevc', annexB(SUNSHINE_HEVC_VPS, sps, HEVC_SLICE));
  assert.deepEqual(of(SUNSHINE_HEVC_SPS), { codec: 'hvc1.1.6.L120.90', width: 1280, height: 720, colour: bt709 });
  assert.deepEqual(of(X265_MAIN10_SPS), {
    codec: 'hvc1.2.4.L120.90',
    width: 1920,
    height: 1080,
    colour: unspecified,
  });
  assert.equal(of(X265_LAYERS_SPS).codec, 'hvc1.4.10.L63.9E.8');
});

test('AV1 is described by its sequence header', () => {
  const description = { codec: 'av01.0.08M.08', width: 1280, height: 720, colour: bt709 };
  assert.deepEqual(describeKeyFrame('av1', SVT_KEY_UNIT), description);
});

test('a key frame without parameter sets is refused', () => {
  assert.throws(() => describeKeyFrame('h264', annexB(SUNSHINE_PPS, H264_SLICE)), refused);
  assert.throws(() => describeKeyFrame('hevc', annexB(SUNSHINE_HEVC_VPS, HEVC_SLICE)), refused);
  assert.throws(() => describeKeyFrame('av1', SVT_INTER_UNIT), refused);
});

test('garbage is described or throws BitstreamError', () => {
  const codecs = fc.constantFrom('h264' as const, 'hevc' as const, 'av1' as const);
  const damaged = fc
    .tuple(
      fc.constantFrom(annexB(SUNSHINE_SPS, H264_SLICE), annexB(SUNSHINE_HEVC_SPS, HEVC_SLICE), SVT_KEY_UNIT),
      fc.array(fc.tuple(fc.nat(50), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([unit, changes]) => {
      const copy = Buffer.from(unit);
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(codecs, damaged, (codec, unit) => {
      try {
        assert.match(describeKeyFrame(codec, unit).codec, /^(avc1|hvc1|av01)\.[\w.]+$/);
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
