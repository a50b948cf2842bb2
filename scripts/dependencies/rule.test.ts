import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencies } from './lock.ts';
import { breaches, isAllowed } from './rule.ts';

const lock = (packages: Record<string, object>) => ({ packages: { '': {}, ...packages } });
const breachesOf = (packages: Record<string, object>) => breaches(dependencies(lock(packages)).ships);

test('an expression is allowed if all its parts are, or one of a choice', () => {
  for (const good of [
    'MIT',
    'MIT OR GPL-3.0-only',
    '(GPL-2.0 OR MIT)',
    'MIT AND (ISC OR AGPL-3.0)',
    'MIT OR GPL-2.0 AND ISC',
  ]) {
    assert.equal(isAllowed(good), true, good);
  }
  for (const bad of [
    'GPL-2.0',
    'MIT AND GPL-2.0',
    'GPL-2.0 OR LGPL-3.0',
    '(MIT OR GPL-2.0) AND AGPL-3.0-only',
    'Apache-2.0 WITH Commons-Clause',
    'MIT AND',
    '(MIT',
    '(MIT ISC',
    'MIT)',
    'MIT GPL-2.0',
    'SEE LICENSE IN LICENSE',
    'UNLICENSED',
    'constructor',
    '',
  ]) {
    assert.equal(isAllowed(bad), false, bad);
  }
});

test('a package with an unknown or forbidden licence may not ship, however deeply nested', () => {
  assert.deepEqual(breachesOf({ 'node_modules/a': { version: '1.0.0', license: 'MIT' } }), []);
  assert.match(breachesOf({ 'node_modules/a': { version: '1.0.0' } })[0]!, /^a 1\.0\.0 ships, but nothing states/);
  assert.match(
    breachesOf({ 'node_modules/a/node_modules/@b/c': { version: '2.0.0', license: 'GPL-3.0-only' } })[0]!,
    /^@b\/c 2\.0\.0 ships, but the licence of it is GPL/,
  );
  assert.equal(breachesOf({ 'packages/x/node_modules/a': { version: '1.0.0' } }).length, 1);
});

test('development dependencies may have any licence; optional ones ship and may not', () => {
  assert.deepEqual(breachesOf({ 'node_modules/a': { version: '1.0.0', license: 'GPL-2.0', dev: true } }), []);
  assert.equal(breachesOf({ 'node_modules/a': { version: '1.0.0', license: 'GPL-2.0', devOptional: true } }).length, 1);
  assert.equal(breachesOf({ 'node_modules/a': { version: '1.0.0', license: 'GPL-2.0', optional: true } }).length, 1);
});

test('a package that states MIT but contains a GPL FFmpeg may not ship', () => {
  for (const name of ['node-av', '@seydx/node-av-linux-x64']) {
    const found = breachesOf({ [`node_modules/${name}`]: { version: '6.1.1', license: 'MIT' } });
    assert.match(found[0] ?? '', /FFmpeg with x264 and x265 in it is GPL-3\.0-or-later/);
  }
});
