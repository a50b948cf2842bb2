import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuirks } from './quirks.ts';
import { ALL_QUIRKS } from './testing/all-quirks.ts';

test('every quirk can be written and read', () => {
  const texts = Object.entries(ALL_QUIRKS).map(([name, value]) => (value === true ? name : `${name}=${value}`));
  assert.deepEqual(parseQuirks(texts), ALL_QUIRKS);
});

test('an unknown quirk is named in the error', () => {
  for (const text of [
    'nothing',
    'packetSize',
    'packetSize=x',
    'packetSize=199',
    'rtspReset=1',
    'pingPayload=short',
    'pausesOnDeath',
  ]) {
    assert.throws(() => parseQuirks([text]), { name: 'TypeError', message: new RegExp(`no quirk ${text};`) });
  }
});
