import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createSessionKeys, serverInfoXml } from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, hostState, SETTINGS, TestClient } from '../testing/client.ts';
import { wolf2026 } from './wolf-2026.ts';

const PIN = '2468';
const GAME = 'Test Game';
const request = (appId = DESKTOP) => ({ appId, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 });
let host: VirtualHost;
let one: TestClient;
let other: TestClient;

before(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, like: 'wolf-2026' });
  [one, other] = [await TestClient.paired(host, PIN), await TestClient.paired(host, PIN)];
});

afterEach(() => Promise.all([one.http.cancel(), other.http.cancel()]));

after(() => host.close());

async function game(): Promise<number> {
  return (await one.http.appList()).find(({ title }) => title === GAME)!.id;
}

/** Everything received until the connection closes. */
async function raw(client: TestClient, target: string): Promise<string> {
  const { certificate: cert, privateKey: key } = client.identity;
  const socket = connectTls({ host: '127.0.0.1', port: host.httpsPort, cert, key, rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // Also when it ends with a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

test('the server info matches the recorded one byte for byte, 17.5 KB with all its display modes', () => {
  const dialogue = readFileSync(
    new URL('../../../fixtures/recordings/wolf26-pairing/http.txt', import.meta.url),
    'utf8',
  );
  const xml = dialogue.match(/<\?xml .*\n<root status_code="200"><hostname>.*/g)!;
  const field = (text: string, name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)![1]!;
  assert.equal(xml.length, 2);
  for (const recorded of xml) {
    const ours = serverInfoXml({
      hostname: field(recorded, 'hostname'),
      uniqueId: field(recorded, 'uniqueid'),
      httpsPort: 47984,
      httpPort: 47989,
      codecModeSupport: wolf2026.http.codecModes,
      mac: field(recorded, 'mac'),
      localIp: field(recorded, 'LocalIP'),
      paired: field(recorded, 'PairStatus') === '1',
      currentGame: Number(field(recorded, 'currentgame')),
      displayModes: wolf2026.http.displayModes!,
    });
    assert.equal(ours, recorded);
  }
});

test('each client has an app of its own, and plain HTTP shows none', async () => {
  await one.http.launch(request());
  await other.http.launch(request(await game()));
  const replies = await Promise.all([one.http.serverInfo(), other.http.serverInfo()]);
  assert.deepEqual(
    replies.map(({ currentGame }) => currentGame),
    [DESKTOP, await game()],
  );
  const plain = await (await fetch(`http://127.0.0.1:${host.httpPort}/serverinfo?uniqueid=1`)).text();
  assert.match(plain, /<PairStatus>0<\/PairStatus><currentgame>0<\/currentgame><state>SUNSHINE_SERVER_FREE</);
  const { runningApps } = await hostState(host);
  assert.deepEqual(
    runningApps.map(({ app }) => app.title),
    ['Desktop', GAME],
  );
});

test('a cancel ends only the app of the client that asks', async () => {
  await one.http.launch(request());
  await other.http.launch(request());
  await one.http.cancel();
  assert.equal((await one.http.serverInfo()).busy, false);
  assert.equal((await other.http.serverInfo()).currentGame, DESKTOP);
});

test('a resume without a session is refused', async () => {
  await assert.rejects(one.http.resume(request()), { code: 'NO_SESSION' });
});

test('a launch by a client that already has an app continues that one', async () => {
  await one.http.launch(request());
  await one.http.launch(request(await game()));
  assert.equal((await one.http.serverInfo()).currentGame, DESKTOP);
  assert.equal((await hostState(host)).runningApps.length, 1);
});

test('the session URL names an unused address, another for each launch and resume', async () => {
  const urls = [await one.http.launch(request()), await one.http.resume(request()), await other.http.launch(request())];
  const hosts = urls.map(({ sessionUrl }) => /^rtsp:\/\/(198\.1[89]\.\d+\.\d+):/.exec(sessionUrl)?.[1]);
  assert.ok(hosts.every((name) => name !== undefined));
  assert.equal(new Set(hosts).size, 3);
});

test('the reply to a resume is followed by a 400 without a length', async () => {
  await one.http.launch(request());
  const query = 'rikey=00112233445566778899aabbccddeeff&rikeyid=7&localAudioPlayMode=0';
  const text = await raw(one, `/resume?appid=${DESKTOP}&${query}`);
  const [head, first, again, second] = text.split(/\r\n\r\n|(?<=<\/root>)/);
  assert.deepEqual(head!.split('\r\n'), ['HTTP/1.1 200 OK', `Content-Length: ${first!.length}`]);
  assert.match(first!, /<resume>1<\/resume><\/root>$/);
  assert.equal(again, 'HTTP/1.1 400 Bad Request');
  assert.equal(second, '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="400"/>');
});
