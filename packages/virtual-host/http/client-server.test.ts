import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { get as secureGet } from 'node:https';
import { after, afterEach, before, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { createClientIdentity, createSessionKeys, HostClient, pair } from '@moonshare/gamestream';
import { startVirtualHost, type VirtualHost } from '../host.ts';
import { findFreeBasePort } from '../ports.ts';
import { fingerprint } from '../store.ts';
import { admin, DESKTOP, hostState, SETTINGS, stateWhere, TestClient } from '../testing/client.ts';

let host: VirtualHost;
let client: TestClient;

/** Pairs, with the PIN entered through the admin port. */
async function pairByAdmin(pin: string, typed: string): Promise<TestClient> {
  const identity = await createClientIdentity();
  const pairing = pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin });
  pairing.catch(() => {}); // awaited below
  await stateWhere(host, ({ waitingForPin }) => waitingForPin === 1);
  assert.deepEqual(await admin(host, '/pin', { pin: typed }), { status: 200, body: { status: true } });
  const { hostCertificate } = await pairing;
  return new TestClient(host, identity, hostCertificate);
}

/** A raw GET over HTTP. */
async function plainGet(path: string, method = 'GET'): Promise<{ status: number; body: string; close: boolean }> {
  const request = get({ host: '127.0.0.1', port: host.httpPort, path, method, agent: false });
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body, close: response.headers.connection === 'close' };
}

before(async () => {
  host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    name: 'Box <1>',
    apps: ['Desktop', 'Rock & Roll'],
    encryption: 'required',
  });
  client = await pairByAdmin('1234', '1234');
});

afterEach(() => client.http.cancel());

after(() => host.close());

test("server info over HTTP has Sunshine's elements in Sunshine's order", async () => {
  const { body, close } = await plainGet('/serverinfo?uniqueid=0123456789ABCDEF&uuid=1');
  assert.equal(
    body,
    '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="200"><hostname>Box &lt;1&gt;</hostname>' +
      '<appversion>7.1.431.-1</appversion><GfeVersion>3.23.0.74</GfeVersion>' +
      `<uniqueid>${host.uniqueId}</uniqueid><HttpsPort>${host.httpsPort}</HttpsPort>` +
      `<ExternalPort>${host.httpPort}</ExternalPort><MaxLumaPixelsHEVC>1869449984</MaxLumaPixelsHEVC>` +
      '<mac>00:00:00:00:00:00</mac><LocalIP>127.0.0.1</LocalIP><ServerCodecModeSupport>65793</ServerCodecModeSupport>' +
      '<PairStatus>0</PairStatus><currentgame>0</currentgame><state>SUNSHINE_SERVER_FREE</state></root>',
  );
  assert.equal(close, true);
});

test('anything unsupported is an XML 404: unpair, launch over HTTP, other methods, a broken query', async () => {
  for (const [path, method] of [
    ['/unpair?uniqueid=1', 'GET'],
    ['/launch?uniqueid=1', 'GET'],
    ['/nothing', 'GET'],
    ['/serverinfo', 'POST'],
    ['/serverinfo?a=%zz', 'GET'],
  ] as const) {
    const { status, body } = await plainGet(path, method);
    assert.equal(status, 200);
    assert.match(body, /status_code="404"/, path);
  }
});

test('a wrong PIN does not pair, and the next attempt works', async () => {
  const before = (await hostState(host)).pairedClients;
  await assert.rejects(pairByAdmin('1111', '2222'), { code: 'PAIRING_WRONG_PIN' });
  assert.equal((await hostState(host)).pairedClients, before);
  const other = await pairByAdmin('3333', '3333');
  assert.equal((await other.http.serverInfo()).paired, true);
});

test('a PIN is refused while no client waits for one', async () => {
  const { status, body } = await admin(host, '/pin', { pin: '1234' });
  assert.equal(status, 409);
  assert.equal((body as { error: { code: string } }).error.code, 'NOBODY_WAITS');
});

test('a pairing whose client disappeared stays behind, and gets the next PIN', async () => {
  const query = new URLSearchParams({
    uniqueid: 'gone',
    phrase: 'getservercert',
    salt: '00'.repeat(16),
    clientcert: Buffer.from((await createClientIdentity()).certificate).toString('hex'),
  });
  const request = get({ host: '127.0.0.1', port: host.httpPort, path: `/pair?${query}`, agent: false });
  request.on('error', () => {});
  await stateWhere(host, ({ waitingForPin }) => waitingForPin === 1);
  request.destroy();
  const other = createClientIdentity().then((identity) =>
    pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '1234' }),
  );
  await stateWhere(host, ({ waitingForPin }) => waitingForPin === 2);
  await admin(host, '/pin', { pin: '1234' });
  assert.equal((await hostState(host)).waitingForPin, 1);
  await admin(host, '/pin', { pin: '1234' });
  await other;
});

test('an unknown certificate gets 401, and a missing one fails in TLS', async () => {
  const stranger = new HostClient({
    address: '127.0.0.1',
    httpPort: host.httpPort,
    identity: await createClientIdentity(),
    hostCertificate: host.certificate,
  });
  await assert.rejects(stranger.appList(), { code: 'HOST_NOT_PAIRED' });
  const socket = tlsConnect({ host: '127.0.0.1', port: host.httpsPort, rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.on('secureConnect', () => socket.write('GET /serverinfo HTTP/1.1\r\nHost: x\r\n\r\n'));
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk;
  });
  // Also when it ends with a reset.
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(answer, '');
});

test('apps have stable ids and box art', async () => {
  const apps = await client.http.appList();
  assert.deepEqual(
    apps.map(({ title }) => title),
    ['Desktop', 'Rock & Roll'],
  );
  assert.equal(apps[0]!.id, DESKTOP);
  const art = await client.http.boxArt(apps[1]!.id);
  assert.equal(art.contentType, 'image/png');
  assert.equal(art.data.readUInt32BE(16), 300);
  assert.equal(art.data.readUInt32BE(20), 400);
  await assert.rejects(client.http.boxArt(77), { code: 'APP_NOT_FOUND' });
});

test('launch, resume and cancel follow the rules of Sunshine', async () => {
  const request = () => ({ appId: DESKTOP, settings: SETTINGS, keys: createSessionKeys(), gamepadMask: 0 });
  await assert.rejects(client.http.resume(request()), { code: 'NO_SESSION' });
  await assert.rejects(client.http.launch({ ...request(), appId: 5 }), { code: 'APP_NOT_FOUND' });
  const { sessionUrl } = await client.http.launch(request());
  assert.equal(sessionUrl, `rtspenc://127.0.0.1:${host.ports.rtsp}`);
  const busy = await client.http.serverInfo();
  assert.deepEqual([busy.busy, busy.currentGame, busy.state], [true, DESKTOP, 'SUNSHINE_SERVER_BUSY']);
  await assert.rejects(client.http.launch(request()), { code: 'HOST_BUSY' });
  await client.http.resume(request());
  assert.equal((await hostState(host)).sessions.length, 1);
  await client.http.cancel();
  assert.equal((await client.http.serverInfo()).busy, false);
  assert.equal((await hostState(host)).sessions.length, 0);
  await client.http.cancel();
});

test('a host that requires encryption gets it from a client that did not ask for it', async () => {
  const stream = await client.stream('launch', { encrypt: 'demanded' });
  assert.deepEqual(stream.session.encryption, { controlV2: true, video: true, audio: true });
  await stream.close();
});

test('a host that requires encryption refuses a client without it', async () => {
  const query = `appid=${DESKTOP}&rikey=${'00'.repeat(16)}&rikeyid=1&localAudioPlayMode=0`;
  const request = secureGet({
    host: '127.0.0.1',
    port: host.httpsPort,
    path: `/launch?uniqueid=1&uuid=2&${query}`,
    cert: client.identity.certificate,
    key: client.identity.privateKey,
    rejectUnauthorized: false,
    agent: false,
  });
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  assert.match(body, /status_code="403" status_message="Encryption is mandatory/);
  assert.equal((await hostState(host)).app, null);
});

test('an unpaired client is refused from then on, the others are not', async () => {
  const gone = await pairByAdmin('1234', '1234');
  const { clients } = await hostState(host);
  const { raw } = new X509Certificate(gone.identity.certificate);
  assert.equal(clients.at(-1), fingerprint(raw));
  assert.deepEqual((await admin(host, '/unpair', { client: fingerprint(raw) })).body, { unpaired: 1 });
  await assert.rejects(gone.http.appList(), { code: 'HOST_NOT_PAIRED' });
  assert.equal((await gone.http.serverInfo()).paired, false);
  assert.equal((await client.http.serverInfo()).paired, true);
});
