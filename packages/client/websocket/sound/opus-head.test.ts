import assert from 'node:assert/strict';
import test from 'node:test';
import { opusHead } from './opus-head.ts';

test('surround is described in the order of Opus files', () => {
  const head = opusHead({ streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] });
  // FL C FR RL RR LFE (RFC 7845 §5.1.1.2)
  assert.equal(Buffer.from(head!).toString('hex'), '4f707573486561640106000080bb0000000001' + '0402' + '000401020305');
  const seven = opusHead({ streams: 5, coupledStreams: 3, mapping: [0, 1, 2, 3, 4, 5, 6, 7] });
  // FL C FR SL SR RL RR LFE
  assert.deepEqual([...seven!.subarray(19)], [5, 3, 0, 2, 1, 6, 7, 4, 5, 3]);
});

test('stereo needs no description', () => {
  assert.equal(opusHead({ streams: 1, coupledStreams: 1, mapping: [0, 1] }), null);
});
