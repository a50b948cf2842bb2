import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { testSettings } from './fixtures/settings.ts';
import {
  checkLaunchRequest,
  launchParameters,
  launchReplyXml,
  parseLaunchParameters,
  parseLaunchReply,
} from './launch.ts';
import { buildTarget, parseQuery } from './query.ts';
import { createSessionKeys } from './session-keys.ts';
import type { LaunchRequest } from './types.ts';
import { parseReply, replyXml } from './xml.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;

const request: LaunchRequest = {
  appId: 881448767,
  settings: testSettings,
  keys: {
    key: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    keyId: Buffer.from('9f86d081', 'hex').readInt32BE(),
  },
  gamepadMask: 1,
};
const ids: [string, string][] = [
  ['uniqueid', '0123456789ABCDEF'],
  ['uuid', '11111111-2222-4333-8444-555555555555'],
];

test('the launch request of protocol/1 §10.2 is reproduced byte for byte', () => {
  const target =
    '/launch?uniqueid=0123456789ABCDEF&uuid=11111111-2222-4333-8444-555555555555&appid=881448767&mode=1280x720x60' +
    '&additionalStates=1&sops=0&rikey=00112233445566778899aabbccddeeff&rikeyid=-1618554751&localAudioPlayMode=0' +
    '&surroundAudioInfo=196610&remoteControllersBitmap=1&gcmap=1&gcpersist=0';
  assert.equal(buildTarget('/launch', [...ids, ...launchParameters(request)]), `${target}&corever=1&continuousAudio=1`);
  const other = { ...request, keys: { ...request.keys, keyId: Buffer.from('0a1b2c3d', 'hex').readInt32BE() } };
  assert.ok(buildTarget('/launch', launchParameters(other)).includes('&rikeyid=169552957&'));
});

test('surround, HDR and sound on the host change the launch', () => {
  const target = (change: Partial<LaunchRequest['settings']>) =>
    buildTarget('/launch', launchParameters({ ...request, settings: { ...testSettings, ...change } }));
  assert.ok(target({ audioChannels: 6 }).includes('surroundAudioInfo=4128774&'));
  assert.ok(target({ audioChannels: 8 }).includes('surroundAudioInfo=104792072&'));
  assert.ok(target({ playAudioOnHost: true }).includes('localAudioPlayMode=1&'));
  assert.ok(
    target({ tenBit: true }).endsWith(
      '&hdrMode=1&clientHdrCapVersion=0&clientHdrCapSupportedFlagsInUint32=0' +
        '&clientHdrCapMetaDataId=NV_STATIC_METADATA_TYPE_1&clientHdrCapDisplayData=0x0x0x0x0x0x0x0x0x0x0',
    ),
  );
});

test('a host reads what the client requested', () => {
  const { parameters } = parseQuery(buildTarget('/launch', [...ids, ...launchParameters(request)]))!;
  assert.deepEqual(parseLaunchParameters(parameters, 'launch'), {
    appId: 881448767,
    width: 1280,
    height: 720,
    fps: 60,
    key: request.keys.key,
    keyId: request.keys.keyId,
    encryptedRtsp: true,
    gamepadMask: 1,
  });
  for (const name of ['rikey', 'rikeyid', 'appid', 'localaudioplaymode']) {
    const fewer = new Map(parameters);
    fewer.delete(name);
    assert.equal(parseLaunchParameters(fewer, 'launch'), null, name);
    assert.equal(parseLaunchParameters(fewer, 'resume') === null, name.startsWith('ri'), name);
  }
});

test('either verb accepts either answer, and a missing session URL is built', () => {
  const url = (body: string, address = '192.168.1.50') =>
    parseLaunchReply(parseReply(body), 'launch', address).sessionUrl;
  assert.equal(
    launchReplyXml('launch', 'rtsp://192.168.1.50:48010').split('\n')[1],
    '<root status_code="200"><sessionUrl0>rtsp://192.168.1.50:48010</sessionUrl0><gamesession>1</gamesession></root>',
  );
  assert.equal(url(launchReplyXml('launch', 'rtspenc://203.7.91.14:48010')), 'rtspenc://203.7.91.14:48010');
  assert.equal(url(launchReplyXml('resume', 'rtsp://10.0.0.1:48010')), 'rtsp://10.0.0.1:48010');
  assert.equal(url(replyXml([['gamesession', 4711]])), 'rtsp://192.168.1.50:48010');
  assert.equal(url(replyXml([['resume', 1]]), 'fe80::1'), 'rtsp://[fe80::1]:48010');
  assert.throws(() => url(replyXml([['gamesession', 0]])), code('HOST_REFUSED'));
  assert.throws(() => url(replyXml([])), code('HOST_REFUSED'));
});

test('a launch request that the host would misread is refused by the client', () => {
  checkLaunchRequest(request);
  const settings = (change: object) => ({ ...request, settings: { ...testSettings, ...change } });
  const wrong = [
    { ...request, appId: 1.5 },
    { ...request, keys: { ...request.keys, key: Buffer.alloc(8) } },
    { ...request, keys: { ...request.keys, keyId: 0xffffffff } },
    { ...request, gamepadMask: -1 },
    settings({ fps: 0 }),
    settings({ width: Number.NaN }),
    settings({ height: 1e6 }),
  ];
  for (const each of wrong) assert.throws(() => checkLaunchRequest(each), code('INVALID_ARGUMENT'));
});

test('session keys are always new and of the right size, with a signed id', () => {
  const keys = Array.from({ length: 64 }, createSessionKeys);
  assert.equal(new Set(keys.map(({ key }) => key.toString('hex'))).size, 64);
  assert.ok(keys.some(({ keyId }) => keyId < 0) && keys.some(({ keyId }) => keyId > 0));
  assert.ok(keys.every(({ key, keyId }) => key.length === 16 && keyId === (keyId | 0)));
});
