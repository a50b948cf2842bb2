import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hevcNalType } from './hevc.ts';

test('an empty NAL unit has no type', () => {
  assert.equal(hevcNalType(Buffer.alloc(0)), -1);
});
