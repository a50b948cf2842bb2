import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeyFrame } from './key-frame.ts';
import {
  SUNSHINE_HEVC_SPS,
  SUNSHINE_HEVC_VPS,
  SUNSHINE_PPS,
  SUNSHINE_SPS,
  SVT_1080_SEQUENCE,
  SVT_INTER_UNIT,
  SVT_KEY_UNIT,
} from './testing/bytes.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const annexB = (...nals: (Buffer | string)[]) =>
  Buffer.concat(nals.flatMap((nal) => [hex('000001'), typeof nal === 'string' ? hex(nal) : nal]));

test('H.264: the first slice decides', () => {
  assert.equal(isKeyFrame('h264', annexB(SUNSHINE_SPS, SUNSHINE_PPS, '0605ff', '65b80001', '65b80002')), true);
  assert.equal(isKeyFrame('h264', annexB('0910', '419a0001')), false);
  assert.equal(isKeyFrame('h264', annexB(SUNSHINE_PPS, '419a0001')), false);
  assert.equal(isKeyFrame('h264', annexB(SUNSHINE_SPS, SUNSHINE_PPS)), false);
});

test('HEVC: the first slice decides, and IDR, CRA and BLA count', () => {
  for (const type of [16, 19, 20, 21]) {
    assert.equal(isKeyFrame('hevc', annexB(SUNSHINE_HEVC_VPS, SUNSHINE_HEVC_SPS, Buffer.of(type << 1, 1, 0xaf))), true);
  }
  for (const type of [0, 1, 9, 22]) assert.equal(isKeyFrame('hevc', annexB(Buffer.of(type << 1, 1, 0xaf))), false);
});

test('AV1: the first frame header decides', () => {
  assert.equal(isKeyFrame('av1', SVT_KEY_UNIT), true);
  assert.equal(isKeyFrame('av1', SVT_INTER_UNIT), false);
  assert.equal(isKeyFrame('av1', SVT_1080_SEQUENCE), false);
  assert.equal(isKeyFrame('av1', hex('1200320180')), false);
  assert.equal(isKeyFrame('av1', hex('0a0118320100')), true);
  assert.equal(isKeyFrame('av1', hex('32ff')), false);
});

test('garbage does not throw', () => {
  fc.assert(
    fc.property(fc.constantFrom('h264' as const, 'hevc' as const, 'av1' as const), fc.uint8Array(), (codec, bytes) => {
      assert.equal(typeof isKeyFrame(codec, Buffer.from(bytes)), 'boolean');
    }),
  );
});
