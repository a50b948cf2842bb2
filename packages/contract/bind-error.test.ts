import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindError } from './bind-error.ts';

test('a port that is taken, an address that is missing and a port that is forbidden are told apart', () => {
  const codes = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EMFILE'].map((code) => {
    const cause = Object.assign(new Error('bind'), { code });
    const error = bindError(cause);
    assert.equal(error.cause, cause);
    return error.code;
  });
  const forbidden = 'UDP_PORT_FORBIDDEN';
  assert.deepEqual(codes, ['UDP_PORTS_EXHAUSTED', 'BIND_ADDRESS_MISSING', forbidden, forbidden, 'INTERNAL']);
});
