import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { parseAppVersion } from './app-version.ts';
import { parseServerInfo, serverInfoXml } from './server-info.ts';
import { parseReply } from './xml.ts';

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

test('the server info of protocol/1 §4 is read, and written byte for byte', () => {
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

test('the running app counts only while the host is busy, pairing only over HTTPS', () => {
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

test('missing elements get defaults, or make the reply invalid', () => {
  const without = (name: string) => SUNSHINE_INFO.replace(new RegExp(`<${name}>.*?</${name}>`), '');
  assert.equal(info(without('HttpsPort')).httpsPort, 47984);
  assert.equal(info(SUNSHINE_INFO.replace('>47984<', '>0<')).httpsPort, 47984);
  assert.equal(info(without('ExternalPort')).externalPort, 47989);
  assert.equal(info(without('ServerCodecModeSupport')).codecModeSupport, 1);
  for (const name of ['appversion', 'state', 'PairStatus']) {
    assert.throws(() => info(without(name)), code('HOST_BAD_REPLY'), name);
  }
});

test('only generation 7 is supported, from 7.1.431 on', () => {
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
