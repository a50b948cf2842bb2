import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { splitAnnexB } from './annexb.ts';
import { ParameterSets } from './parameter-sets.ts';

const START = Buffer.from([0, 0, 0, 1]);
const annexB = (...nals: number[][]) => Buffer.concat(nals.flatMap((nal) => [START, Buffer.from(nal)]));
const nals = (data: Buffer) => splitAnnexB(data).map((nal) => [...nal]);

const AUD = [0x09, 0xf0];
const SPS = [0x67, 1];
const PPS = [0x68, 2];
const PPS_2 = [0x68, 3];
const IDR = [0x65, 9];

describe('the parameter sets of H.264', () => {
  test('of the first key frame are inserted into later ones without any', () => {
    const sets = new ParameterSets('h264');
    const first = annexB(SPS, PPS, PPS_2, IDR);
    assert.equal(sets.complete(first), first);
    assert.deepEqual(nals(sets.complete(annexB(IDR))), [SPS, PPS, PPS_2, IDR]);
    assert.deepEqual(nals(sets.complete(annexB(IDR))), [SPS, PPS, PPS_2, IDR]);
  });

  test('are inserted after the access unit delimiter', () => {
    const sets = new ParameterSets('h264');
    sets.complete(annexB(AUD, SPS, PPS, IDR));
    assert.deepEqual(nals(sets.complete(annexB(AUD, IDR))), [AUD, SPS, PPS, IDR]);
  });

  test('that are sent again replace the old ones, even of one kind alone', () => {
    const sets = new ParameterSets('h264');
    sets.complete(annexB(SPS, PPS, IDR));
    assert.deepEqual(nals(sets.complete(annexB([0x67, 7], IDR))), [[0x67, 7], PPS, [0x67, 7], IDR]);
    assert.deepEqual(nals(sets.complete(annexB(IDR))), [[0x67, 7], PPS, IDR]);
  });

  test('survive the reuse of the memory they came in', () => {
    const sets = new ParameterSets('h264');
    const first = annexB(SPS, PPS, IDR);
    sets.complete(first);
    first.fill(0);
    assert.deepEqual(nals(sets.complete(annexB(IDR))), [SPS, PPS, IDR]);
  });

  test('that were never sent leave a key frame unchanged', () => {
    const frame = annexB(IDR);
    assert.equal(new ParameterSets('h264').complete(frame), frame);
  });
});

test('HEVC: video, sequence and picture parameter sets are inserted', () => {
  const [vps, sps, pps, idr] = [32, 33, 34, 20].map((type) => [type << 1, 1, 5]) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const sets = new ParameterSets('hevc');
  sets.complete(annexB(vps, sps, pps, idr));
  assert.deepEqual(nals(sets.complete(annexB(idr))), [vps, sps, pps, idr]);
});

test('any bytes are accepted, and what is inserted is bounded', () => {
  const sets = new ParameterSets('h264');
  sets.complete(annexB(...Array.from({ length: 200 }, () => [0x68, ...Array.from({ length: 2_000 }, () => 1)]), IDR));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const data = Buffer.from(bytes);
      assert.ok(sets.complete(data).length <= data.length + 70_000);
    }),
  );
});
