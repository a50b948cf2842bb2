import assert from 'node:assert/strict';
import test from 'node:test';
import { colourSpace } from './colour-space.ts';

test('colours that have names are named, others are left to the stream', () => {
  assert.deepEqual(colourSpace({ primaries: 1, transfer: 1, matrix: 1, fullRange: false }), {
    primaries: 'bt709',
    transfer: 'bt709',
    matrix: 'bt709',
    fullRange: false,
  });
  assert.equal(colourSpace({ primaries: 5, transfer: 6, matrix: 6, fullRange: true })?.primaries, 'bt470bg');
  assert.equal(colourSpace({ primaries: 2, transfer: 1, matrix: 1, fullRange: false }), null);
  assert.equal(colourSpace({ primaries: 9, transfer: 16, matrix: 9, fullRange: false }), null);
});
