import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanName, MAX_NAME_LENGTH } from './index.ts';

test('a name loses what hides in a line or breaks it, and nothing else', () => {
  assert.equal(cleanName('  Anna\n Meier\u0000 '), 'Anna Meier');
  assert.equal(cleanName('\u202Eevil\u202C'), 'evil');
  assert.equal(cleanName('<b>Zoë & 李</b> 👩‍💻'), '<b>Zoë & 李</b> 👩‍💻');
  assert.equal(cleanName(' \u200B\uFEFF\u2066 '), null);
  assert.equal(cleanName(''), null);
});

test('any name is short, well-formed, and stays as it is when it is cleaned again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const name = cleanName(text);
      if (name === null) return;
      assert.ok([...name].length <= MAX_NAME_LENGTH && name.isWellFormed());
      assert.equal(cleanName(name), name);
      assert.doesNotMatch(name, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});
