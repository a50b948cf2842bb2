import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import fc from 'fast-check';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { findSettingsFile, parseSettingsFile } from './settings-file.ts';

function directory(context: TestContext): string {
  const path = temporaryDirectory(context, 'moonshare-config-');
  return path;
}

function problem(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MoonshareError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.message;
  }
  throw new Error('accepted');
}

test('a named file takes precedence over the usual places, and a flag over the variable', (context) => {
  const here = directory(context);
  const usualPlaces = ['moonshare.json', join(here, 'etc.json')];
  const found = (environment: Record<string, string>, named?: string) =>
    findSettingsFile(environment, { named, directory: here, usualPlaces })?.values.port;
  assert.equal(findSettingsFile({}, { directory: here, usualPlaces }), null);
  writeFileSync(join(here, 'etc.json'), '{"port": 1}');
  assert.equal(found({}), 1);
  writeFileSync(join(here, 'moonshare.json'), '{"port": 2}');
  assert.equal(found({}), 2);
  writeFileSync(join(here, 'variable.json'), '{"port": 3}');
  assert.equal(found({ MOONSHARE_CONFIG: 'variable.json' }), 3);
  writeFileSync(join(here, 'flag.json'), '{"port": 4}');
  assert.equal(found({ MOONSHARE_CONFIG: 'variable.json' }, join(here, 'flag.json')), 4);
});

test('a named file that is missing, or cannot be read, is an error', (context) => {
  const here = directory(context);
  assert.match(
    problem(() => findSettingsFile({ MOONSHARE_CONFIG: 'none.json' }, { directory: here })),
    /none\.json .*ENOENT/,
  );
  mkdirSync(join(here, 'moonshare.json'));
  assert.match(
    problem(() => findSettingsFile({}, { directory: here })),
    /moonshare\.json .*EISDIR/,
  );
});

test('comments are allowed, and what looks like one inside a string is kept', () => {
  const text =
    '\uFEFF{\n // "port": 1,\n "bind": "a//b" /* c\n " */, "publicUrl": "https://x/*y*/", "data": "\\"//" // end\n}';
  assert.deepEqual(parseSettingsFile('f', text).values, { bind: 'a//b', publicUrl: 'https://x/*y*/', data: '"//' });
});

test('invalid JSON is reported with its line if known, and not quoted', () => {
  const line = problem(() => parseSettingsFile('f.json', '{\n/* two\nlines */\n"port": 1 "bind": ""\n}'));
  assert.match(line, /f\.json is not JSON \(line 4\)/);
  const message = problem(() => parseSettingsFile('f.json', '{"credentials": hunter2}'));
  assert.match(message, /f\.json is not JSON$/);
  assert.doesNotMatch(message, /hunter2/);
  assert.match(
    problem(() => parseSettingsFile('f.json', '[1]')),
    /not a JSON object/,
  );
});

test('any text gives either settings or CONFIG_INVALID', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        assert.equal(typeof parseSettingsFile('f', text).values, 'object');
      } catch (error) {
        assert.ok(error instanceof MoonshareError && error.code === 'CONFIG_INVALID');
      }
    }),
  );
});
