import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSession } from './session.ts';

const GOOD = {
  appversion: '7.1.431.-1',
  codec: 'hevc',
  rikey: '000102030405060708090a0b0c0d0e0f',
  rikeyid: 4294967295,
  ports: { video: 47998, audio: 48000, control: 47999 },
  encryption: { control: 'v1', video: false, audio: true },
  opus: { samples_per_frame: 480 },
};

test('session.json: the fields a replay needs are read', () => {
  assert.deepEqual(parseSession(JSON.stringify(GOOD)), {
    version: { parts: [7, 1, 431, -1], sunshine: true },
    codec: 'hevc',
    key: Buffer.from(GOOD.rikey, 'hex'),
    keyId: -1,
    ports: GOOD.ports,
    controlStyle: 'old',
    videoEncrypted: false,
    audioEncrypted: true,
    audioPacketMs: 10,
  });
});

test('session.json: the error names the field that is missing or wrong', () => {
  const bad: [object, RegExp][] = [
    [{ appversion: '7.1' }, /appversion/],
    [{ codec: 'vp8' }, /codec/],
    [{ rikey: 'zz' }, /rikey/],
    [{ rikeyid: '1' }, /rikeyid/],
    [{ ports: { video: 1, audio: 2 } }, /control/],
    [{ encryption: null }, /encryption/],
    [{ encryption: { control: 'v3' } }, /encryption\.control/],
    [{ opus: 5 }, /opus/],
  ];
  for (const [change, message] of bad) {
    assert.throws(() => parseSession(JSON.stringify({ ...GOOD, ...change })), { code: 'MALFORMED', message });
  }
  assert.throws(() => parseSession('{'), { code: 'MALFORMED' });
  assert.throws(() => parseSession('null'), { code: 'MALFORMED' });
});
