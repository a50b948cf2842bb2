import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraceful, terminationError } from './termination.ts';

test('an end on purpose is recognised in both forms', () => {
  assert.ok(isGraceful(0x80030023));
  assert.ok(isGraceful(0x0100));
  assert.equal(isGraceful(0x800e9302), false);
});

test('each code has its own message', () => {
  const texts = [0x80030023, 0x800e9302, 0x800e9403, 0xdeadbeef].map((code) => terminationError(code).message);
  assert.equal(new Set(texts).size, 4);
  assert.match(texts[3]!, /0xdeadbeef/);
  assert.equal(terminationError(0x80030023).code, 'TERMINATED');
});
