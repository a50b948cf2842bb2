import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitAnnexB } from './annexb.ts';
import { H264_NAL, h264NalType, parseH264Sps } from './h264.ts';
import { keyFrameWithoutReordering, withoutReordering } from './reordering.ts';
import { BARE_SPS, SUNSHINE_PPS, SUNSHINE_SPS, X264_REORDERING_SPS } from './testing/bytes.ts';

const DELIMITER = Buffer.from('09f0', 'hex');
const SLICE = Buffer.from('658884c0ffee', 'hex');
const SECOND_SLICE = Buffer.from('6500c0ffee', 'hex');

test('the SPS of a key frame rule out reordering, and nothing else changes', () => {
  const starts = fc.constantFrom(Buffer.from([0, 0, 1]), Buffer.from([0, 0, 0, 1]), Buffer.from([0, 0, 0, 0, 1]));
  const sets = fc.array(fc.constantFrom(BARE_SPS, X264_REORDERING_SPS, SUNSHINE_SPS, SUNSHINE_PPS), { maxLength: 4 });
  fc.assert(
    fc.property(starts, fc.boolean(), sets, (start, isDelimited, between) => {
      const nals = [...(isDelimited ? [DELIMITER] : []), ...between, SLICE, SECOND_SLICE];
      const keyFrame = Buffer.concat(nals.flatMap((nal) => [start, nal]));
      const rewritten = splitAnnexB(Buffer.concat(keyFrameWithoutReordering(keyFrame)));
      const isSps = (nal: Buffer) => h264NalType(nal) === H264_NAL.sps;
      assert.deepEqual(
        rewritten.filter((nal) => !isSps(nal)),
        nals.filter((nal) => !isSps(nal)),
      );
      assert.deepEqual(
        rewritten.filter(isSps),
        nals.filter(isSps).map((nal) => withoutReordering(nal)),
      );
      for (const sps of rewritten.filter(isSps)) assert.equal(parseH264Sps(sps).maxNumReorderFrames, 0);
    }),
  );
});

test('an SPS that cannot be read, and garbage, are left as they are', () => {
  const broken = SUNSHINE_SPS.subarray(0, 8);
  assert.equal(withoutReordering(broken), broken);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const data = Buffer.from(bytes);
      assert.ok(Buffer.concat(keyFrameWithoutReordering(data)).equals(data));
    }),
  );
});
