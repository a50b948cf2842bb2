import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { parseAppVersion } from './app-version.ts';
import { appListXml, imageType, parseAppList } from './apps.ts';
import { testSettings } from './fixtures/settings.ts';
import { type HostVerb, hostError } from './host-error.ts';
import {
  checkLaunchRequest,
  launchParameters,
  launchReplyXml,
  parseLaunchParameters,
  parseLaunchReply,
} from './launch.ts';
import { buildTarget, parseQuery } from './query.ts';
import { parseServerInfo, serverInfoXml } from './server-info.ts';
import { createSessionKeys } from './session-keys.ts';
import type { LaunchRequest } from './types.ts';
import { wakeOnLanPacket, wakeOnLanPorts } from './wake-on-lan.ts';
import { errorXml, parseReply, replyXml } from './xml.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;
const info = (text: string, secure = true) => parseServerInfo(parseReply(text).root, { secure, httpPort: 47989 });

/** protocol/1 §4, joined. */
const SUNSHINE_INFO = `<?xml version="1.0" encoding="utf-8"?>
<root status_code="200"><hostname>box</hostname><appversion>7.1.431.-1</appversion><GfeVersion>3.23.0.74</GfeVersion>\
<uniqueid>45924F0E-6465-B60F-B517-95DC63714036</uniqueid><HttpsPort>47984</HttpsPort><ExternalPort>47989</ExternalPort>\
<MaxLumaPixelsHEVC>1869449984</MaxLumaPixelsHEVC><mac>00:00:00:00:00:00</mac><LocalIP>192.168.1.50</LocalIP>\
<ServerCodecModeSupport>257</ServerCodecModeSupport><PairStatus>0</PairStatus><currentgame>0</currentgame>\
<state>SUNSHINE_SERVER_FREE</state></root>`;

const sunshine = {
  hostname: 'box',
  uniqueId: '45924F0E-6465-B60F-B517-95DC63714036',
  httpsPort: 47984,
  httpPort: 47989,
  codecModeSupport: 257,
  mac: '00:00:00:00:00:00',
  localIp: '192.168.1.50',
  paired: false,
  currentGame: 0,
};

test('the server info of the document is read and written to the byte', () => {
  assert.equal(serverInfoXml(sunshine), SUNSHINE_INFO);
  assert.deepEqual(info(SUNSHINE_INFO), {
    hostname: 'box',
    appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true },
    gfeVersion: '3.23.0.74',
    uniqueId: '45924F0E-6465-B60F-B517-95DC63714036',
    httpsPort: 47984,
    externalPort: 47989,
    mac: null,
    localIp: '192.168.1.50',
    maxLumaPixelsHevc: 1869449984,
    codecModeSupport: 257,
    paired: false,
    currentGame: 0,
    state: 'SUNSHINE_SERVER_FREE',
    busy: false,
  });
});

test('the running app counts only while busy, pairing only over HTTPS', () => {
  const busy = serverInfoXml({
    ...sunshine,
    paired: true,
    currentGame: 7,
    mac: 'A1:B2:C3:D4:E5:F6',
    localIp: '127.0.0.1',
  });
  assert.equal(info(busy).busy, true);
  assert.equal(info(busy).currentGame, 7);
  assert.equal(info(busy).paired, true);
  assert.equal(info(busy, false).paired, false);
  assert.equal(info(busy).mac, 'a1:b2:c3:d4:e5:f6');
  assert.equal(info(busy).localIp, null);
  assert.equal(info(busy.replace('_BUSY', '_FREE')).currentGame, 0);
});

test('missing elements have their defaults, or make the reply useless', () => {
  const without = (name: string) => SUNSHINE_INFO.replace(new RegExp(`<${name}>.*?</${name}>`), '');
  assert.equal(info(without('HttpsPort')).httpsPort, 47984);
  assert.equal(info(SUNSHINE_INFO.replace('>47984<', '>0<')).httpsPort, 47984);
  assert.equal(info(without('ExternalPort')).externalPort, 47989);
  assert.equal(info(without('ServerCodecModeSupport')).codecModeSupport, 1);
  for (const name of ['appversion', 'state', 'PairStatus']) {
    assert.throws(() => info(without(name)), code('HOST_BAD_REPLY'), name);
  }
});

test('only generation 7 from 7.1.431 on is supported', () => {
  assert.equal(parseAppVersion('7.1.431.0').sunshine, false);
  assert.deepEqual(parseAppVersion('7.1.450').parts, [7, 1, 450, 0]);
  assert.equal(parseAppVersion('7.2.0.-1').sunshine, true);
  for (const old of ['7.1.430.-1', '7.0.999', '6.9.500.0', '8.0.0.0', '3']) {
    assert.throws(() => parseAppVersion(old), code('HOST_UNSUPPORTED'), old);
  }
  for (const bad of ['', 'x', '7.1.431.-1.2', '7..1', '99999999999']) {
    assert.throws(() => parseAppVersion(bad), code('HOST_BAD_REPLY'), bad);
  }
});

test('replies are judged by status_code, as a signed number', () => {
  assert.equal(parseReply('<root status_code="4294967295" status_message="a &lt; b &#233;"/>').statusCode, -1);
  assert.equal(
    parseReply('<root status_code="4294967295" status_message="a &lt; b &#233;"/>').statusMessage,
    'a < b é',
  );
  assert.equal(
    parseReply(Buffer.from('<root status_code="200"><hostname>Büro</hostname></root>')).root.text('hostname'),
    'Büro',
  );
  for (const bad of ['', 'hello', '<root/>', '<root status_code="x"/>', '<html></html>', '<a>'.repeat(10_000)]) {
    assert.throws(() => parseReply(bad), code('HOST_BAD_REPLY'), bad.slice(0, 20));
  }
  assert.throws(
    () => parseReply('<!DOCTYPE root [<!ENTITY a "aaaa">]><root status_code="200">&a;</root>'),
    code('HOST_BAD_REPLY'),
  );
});

test('an XML error carries the query of Sunshine between code and message', () => {
  assert.equal(
    errorXml(401, 'The client is not authorized. Certificate verification failed.', '/applist'),
    '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="401" query="/applist" ' +
      'status_message="The client is not authorized. Certificate verification failed."/>',
  );
});

test('any text survives writing and reading', () => {
  const text = fc.string({ unit: fc.constantFrom(...'<>&"\'aé;#x]') });
  fc.assert(
    fc.property(text, text, (hostname, message) => {
      assert.equal(parseReply(replyXml([['hostname', hostname]])).root.text('hostname'), hostname);
      assert.equal(parseReply(errorXml(404, message)).statusMessage, message);
    }),
  );
});

test('random bytes are never XML that upsets anybody', () => {
  const piece = fc.constantFrom(
    '<root status_code="200">',
    '</root>',
    '<App>',
    '<ID>1</ID>',
    '&#x0;',
    '<![CDATA[',
    '<?',
    '<__proto__>',
    '-->',
    '"',
    '</App>',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      try {
        const { root } = parseReply(pieces.join(''));
        parseAppList(root);
        parseServerInfo(root, { secure: true, httpPort: 1 });
      } catch (error) {
        assert.ok(error instanceof GameStreamError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('app lists are read in any order of children, unusable entries left out', () => {
  const apps = [
    { id: 881448767, title: 'Desktop', hdr: false },
    { id: 1, title: 'Tom & Jerry <3', hdr: true },
    { id: 2, title: '', hdr: false },
  ];
  assert.deepEqual(parseAppList(parseReply(appListXml(apps)).root), apps);
  assert.equal(
    appListXml(apps.slice(0, 1)).split('\n')[1],
    '<root status_code="200"><App><IsHdrSupported>0</IsHdrSupported><AppTitle>Desktop</AppTitle><ID>881448767</ID></App></root>',
  );
  const odd =
    '<root status_code="200"><App><ID>5</ID><New>x</New><AppTitle/></App><App><ID>-1</ID></App><App/><App><ID>4294967295</ID></App></root>';
  assert.deepEqual(parseAppList(parseReply(odd).root), [{ id: 5, title: '', hdr: false }]);
  assert.deepEqual(parseAppList(parseReply('<root status_code="200"/>').root), []);
});

test('pictures are known by their first bytes', () => {
  assert.equal(imageType(Buffer.from('89504e470d0a1a0a00', 'hex')), 'image/png');
  assert.equal(imageType(Buffer.from('ffd8ffe0', 'hex')), 'image/jpeg');
  assert.equal(imageType(Buffer.from('RIFF0000WEBPVP8 ')), 'image/webp');
  assert.equal(imageType(Buffer.from('<svg onload="alert(1)"/>')), null);
  assert.equal(imageType(Buffer.alloc(0)), null);
});

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

test('the launch of the document comes out to the byte', () => {
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

test('a host reads back what the client asked for', () => {
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

test('either verb accepts either answer, and a missing URL is built', () => {
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

test('every refusal of the table has its code', () => {
  const table: [HostVerb, number, string, string][] = [
    ['launch', 400, 'Missing a required launch/resume parameter', 'HOST_REFUSED'],
    ['launch', 400, 'An app is already running on this host', 'HOST_BUSY'],
    ['resume', 503, 'No running app to resume', 'NO_SESSION'],
    ['launch', 503, "The host's concurrent stream limit has been reached. Stop an existing stream", 'HOST_BUSY'],
    ['cancel', 503, 'All sessions must be disconnected before quitting', 'HOST_BUSY'],
    ['launch', 503, 'Failed to initialize video capture/encoding. Is a display connected?', 'HOST_REFUSED'],
    ['launch', 403, 'Encryption is mandatory for this host', 'HOST_ENCRYPTION_REQUIRED'],
    ['launch', 500, 'Failed to start the specified application', 'HOST_REFUSED'],
    ['launch', 400, '', 'APP_NOT_FOUND'],
    ['resume', 400, '', 'NO_SESSION'],
    ['applist', 401, 'The client is not authorized. Certificate verification failed.', 'HOST_NOT_PAIRED'],
    ['cancel', 200, '', 'HOST_BUSY'],
    ['appasset', 404, '', 'APP_NOT_FOUND'],
    ['applist', 404, '', 'HOST_REFUSED'],
  ];
  for (const [verb, status, message, wanted] of table) {
    const error = hostError(verb, parseReply(errorXml(status, message)));
    assert.equal(error.code, wanted, `${verb} ${status} ${message}`);
    assert.ok(error.message.includes(String(status)));
  }
});

test('a launch that the host would misread is refused here', () => {
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

test('session keys are new each time, signed, and of the right size', () => {
  const keys = Array.from({ length: 20 }, createSessionKeys);
  assert.equal(new Set(keys.map(({ key }) => key.toString('hex'))).size, 20);
  assert.ok(keys.some(({ keyId }) => keyId < 0) && keys.some(({ keyId }) => keyId > 0));
  assert.ok(keys.every(({ key, keyId }) => key.length === 16 && keyId === (keyId | 0)));
});

test('the Wake-on-LAN datagram of the document', () => {
  const packet = wakeOnLanPacket('a1:b2:c3:d4:e5:f6');
  assert.equal(packet.length, 102);
  assert.equal(
    createHash('sha256').update(packet).digest('hex'),
    '983d498c4105684a978380bf0004933c82f8bcbca40208ca1bbf87b9166715c7',
  );
  assert.deepEqual(wakeOnLanPorts(47989), [9, 47009, 47998, 47999, 48000, 48002, 48010]);
  assert.throws(() => wakeOnLanPacket('a1:b2:c3'), code('INVALID_ARGUMENT'));
});
