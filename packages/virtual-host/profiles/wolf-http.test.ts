import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createClientIdentity, createSessionKeys, HostClient, pair } from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { DESKTOP, hostState, SETTINGS, TestClient } from '../testing/client.ts';

const PIN = '1357';
let host: VirtualHost;
let client: TestClient;

before(async () => {
  host = await startVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, like: 'wolf' });
  client = await TestClient.paired(host, PIN);
});

afterEach(() => client.http.cancel());

after(() => host.close());

/** Raw head and body of one reply; '' if the connection closes without a byte. */
async function raw(target: string, secure: boolean): Promise<{ head: string; body: string }> {
  const { certificate: cert, privateKey: key } = client.identity;
  const where = { host: '127.0.0.1', port: secure ? host.httpsPort : host.httpPort };
  const socket = secure ? connectTls({ ...where, cert, key, rejectUnauthorized: false }) : connect(where);
  socket.on('error', () => {});
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // Also when it ends with a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { head, body };
}

const launchQuery = (change: Record<string, string> = {}) => {
  const rikey = '00112233445566778899aabbccddeeff';
  return new URLSearchParams({ rikey, rikeyid: '-7', localAudioPlayMode: '0', appid: String(DESKTOP), ...change });
};

test('replies carry Content-Length and no other header', async () => {
  const { head, body } = await raw('/serverinfo', false);
  assert.deepEqual(head.split('\r\n'), ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`]);
});

test('the server info lists display modes, and recognizes a client over HTTPS by its certificate alone', async () => {
  const { body } = await raw('/serverinfo', true);
  assert.match(body, /<SupportedDisplayMode><DisplayMode><Width>1920<\/Width>/);
  assert.match(body, /<PairStatus>1<\/PairStatus>/);
  assert.match(body, /<ServerCodecModeSupport>257</);
  assert.match(body, /<mac>[0-9a-f:]{17}<\/mac>/);
});

for (const { name, target, secure, status } of [
  { name: 'an unknown path', target: '/nothing', secure: false, status: 404 },
  { name: 'a launch of an unknown app', target: `/launch?${launchQuery({ appid: '5' })}`, secure: true, status: 400 },
  { name: 'the picture of an app', target: `/appasset?appid=${DESKTOP}`, secure: true, status: 400 },
]) {
  test(`${name} is an HTTP ${status} with XML`, async () => {
    const { head, body } = await raw(target, secure);
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(body, new RegExp(`<root status_code="${status}"`));
  });
}

for (const { name, target, secure } of [
  { name: 'a launch without appid', target: '/launch?rikey=00112233445566778899aabbccddeeff&rikeyid=1', secure: true },
  { name: 'pairing without uniqueid', target: '/pair?phrase=getservercert', secure: false },
  { name: 'a pairing phase out of order', target: '/pair?uniqueid=1&clientchallenge=00', secure: false },
]) {
  test(`${name} is not answered at all`, async () => {
    assert.deepEqual(await raw(target, secure), { head: '', body: '' });
  });
}

test('an unknown client gets HTTP 401, which our client reads as "not paired"', async () => {
  const http = new HostClient({
    address: '127.0.0.1',
    httpPort: host.httpPort,
    identity: await createClientIdentity(),
    hostCertificate: host.certificate,
  });
  assert.equal((await http.serverInfo()).paired, false);
  await assert.rejects(http.appList(), { code: 'HOST_NOT_PAIRED' });
});

test('our client understands its errors', async () => {
  const request = { appId: 5, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 };
  await assert.rejects(client.http.launch(request), { code: 'APP_NOT_FOUND' });
  await assert.rejects(client.http.boxArt(DESKTOP), { code: 'APP_NOT_FOUND' });
});

test('a wrong PIN is reported only at the end', async () => {
  const identity = await createClientIdentity();
  const wrong = pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '0000' });
  await assert.rejects(wrong, { code: 'PAIRING_WRONG_PIN' });
});

test('a second launch adds a second session, but the first one counts', async () => {
  const other = new URLSearchParams(launchQuery());
  await raw(`/launch?${other}`, true);
  const { body } = await raw(`/launch?${launchQuery()}`, true);
  assert.match(body, /<gamesession>1</);
  const { sessions } = await hostState(host);
  assert.deepEqual(
    sessions.map(({ id }) => id),
    [sessions[0]!.id, sessions[0]!.id + 1],
  );
  assert.equal((await client.http.serverInfo()).currentGame, DESKTOP);
});

test('a resume without a session is accepted, even without an appid, and creates none', async () => {
  const query = launchQuery();
  query.delete('appid');
  const { body } = await raw(`/resume?${query}`, true);
  assert.match(body, /<sessionUrl0>rtsp:\/\/127\.0\.0\.1:\d+<\/sessionUrl0><resume>1</);
  assert.deepEqual((await hostState(host)).sessions, []);
});

test('a cancel with nothing running succeeds', async () => {
  assert.match((await raw('/cancel', true)).body, /<cancel>1</);
});
