import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildTarget, parseQuery } from './query.ts';

test('queries are case-insensitive, percent-decoded, and + is a space', () => {
  const query = parseQuery('/Launch?UniqueID=A&appID=1&name=a+b%20%26&empty&=x&appid=2');
  assert.equal(query?.path, '/Launch');
  assert.deepEqual(Object.fromEntries(query.parameters), {
    uniqueid: 'A',
    appid: '1',
    name: 'a b &',
    empty: '',
    '': 'x',
  });
  assert.equal(parseQuery('/x')?.parameters.size, 0);
  assert.equal(parseQuery('/x?a=%zz'), null);
  assert.equal(parseQuery(`/x?${'a'.repeat(20_000)}`), null);
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme' }), (noise, text) => {
      parseQuery(noise);
      assert.equal(parseQuery(buildTarget('/x', [['a', text]]))?.parameters.get('a'), text);
    }),
  );
});
