import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { detailedHostSchema, undetailedHostSchema } from '@moonshare/contract';
import { Bonjour } from 'bonjour-service';
import { CREDENTIALS, pairChunks, startTestServer, streamerRequest } from '../../testing/test-server.ts';

test('a host is added, described, listed and removed', async (context) => {
  const { call, hosts } = await startTestServer(context);
  hosts.add('box');
  const { status, body } = await call('PUT', '/api/host', { address: 'box', unknown: 'ignored' });
  assert.equal(status, 200);
  const host = detailedHostSchema.parse(body.host);
  assert.deepEqual([host.host_id, host.name, host.paired, host.server_state], [0, 'name of box', 'NotPaired', 'Free']);
  assert.deepEqual(
    [host.address, host.http_port, host.https_port, host.version],
    ['box', 47_989, 47_984, '7.1.431.-1'],
  );
  assert.equal('mac' in body.host, false);
  const list = (await call('GET', '/api/hosts')).body;
  assert.deepEqual(list, { hosts: [undetailedHostSchema.parse(body.host)] });
  assert.deepEqual((await call('GET', '/api/host?host_id=0&force_refresh=true')).body, body);
  assert.equal((await call('DELETE', '/api/host?host_id=0')).status, 200);
  const gone = await call('GET', '/api/host?host_id=0');
  assert.deepEqual([gone.status, gone.body.error], [404, 'Host not found']);
});

test('an address where no host answers is not added', async (context) => {
  const { call } = await startTestServer(context);
  const { status, body } = await call('PUT', '/api/host', { address: 'nowhere' });
  assert.deepEqual([status, body.code], [502, 'HOST_UNREACHABLE']);
  assert.deepEqual((await call('GET', '/api/hosts')).body, { hosts: [] });
});

test('the same address added twice is one host', async (context) => {
  const { call, hosts } = await startTestServer(context);
  hosts.add('box');
  await Promise.all([1, 2].map(() => call('PUT', '/api/host', { address: 'box' })));
  assert.equal((await call('GET', '/api/hosts')).body.hosts.length, 1);
});

test('an offline host is shown as it was last seen', async (context) => {
  const { call, hosts } = await startTestServer(context);
  const box = hosts.add('box');
  await call('PUT', '/api/host', { address: 'box' });
  box.online = false;
  const { body } = await call('GET', '/api/host?host_id=0&force_refresh=true');
  assert.deepEqual([body.host.name, body.host.server_state, body.host.version], ['name of box', null, '7.1.431.-1']);
});

test('configured hosts exist from the start, with the IDs 0, 1, ...', async (context) => {
  const { call } = await startTestServer(context, { MOONSHARE_HOSTS: 'box,den:40000' });
  const { hosts } = (await call('GET', '/api/hosts')).body;
  assert.deepEqual(
    hosts.map(({ host_id, name, server_state }: Record<string, unknown>) => [host_id, name, server_state]),
    [
      [0, 'box', null],
      [1, 'den', null],
    ],
  );
});

test('POST /api/pair streams the PIN, then the outcome, each in a separate chunk', async (context) => {
  const server = await startTestServer(context);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const chunks = pairChunks(server.url, 0);
  const first = (await chunks.next()).value as { Pin: string };
  assert.match(first.Pin, /^\d{4}$/);
  box.typePin(first.Pin);
  const second = (await chunks.next()).value as { Paired: unknown };
  assert.equal(detailedHostSchema.parse(second.Paired).paired, 'Paired');
  assert.equal((await chunks.next()).done, true);
  assert.equal((await server.call('GET', '/api/hosts')).body.hosts[0].paired, 'Paired');
});

test('a wrong PIN, and a second pairing at the same time, end in PairError', async (context) => {
  const server = await startTestServer(context);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const chunks = pairChunks(server.url, 0);
  const { Pin } = (await chunks.next()).value as { Pin: string };
  assert.deepEqual((await pairChunks(server.url, 0).next()).value, 'PairError');
  box.typePin(Pin === '0000' ? '1111' : '0000');
  assert.equal((await chunks.next()).value, 'PairError');
  assert.equal((await server.call('POST', '/api/pair', { host_id: 7 })).status, 404);
});

test('a caller that leaves ends its pairing', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/api/pair`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CREDENTIALS}` },
    body: '{"host_id":0}',
    signal: leaving.signal,
  });
  await response.body!.getReader().read();
  leaving.abort();
  let answer: unknown = 'PairError';
  while (answer === 'PairError') answer = (await pairChunks(server.url, 0).next()).value;
  assert.match(JSON.stringify(answer), /Pin/);
});

test('pairing a reinstalled host replaces the pairings with the old one', async (context) => {
  const server = await startTestServer(context);
  const pairNow = async (pin: string | null) => {
    const { pin: shown, paired } = server.server.hosts.get(0).pair(new AbortController().signal);
    box.typePin(pin ?? shown);
    await paired;
    box.pin = null;
  };
  let box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  await pairNow(null);
  box = server.hosts.add('box');
  const changed = await server.call('GET', '/api/apps?host_id=0');
  assert.deepEqual([changed.status, changed.body.code], [502, 'HOST_CERTIFICATE_CHANGED']);
  await pairNow(null);
  assert.equal((await server.call('GET', '/api/apps?host_id=0')).status, 200);
});

test('a paired host provides apps and their pictures', async (context) => {
  const server = await startTestServer(context);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const unpaired = await server.call('GET', '/api/apps?host_id=0');
  assert.deepEqual([unpaired.status, unpaired.body.error], [400, 'Host not paired']);
  for await (const line of pairChunks(server.url, 0)) if (box.pin === null) box.typePin((line as { Pin: string }).Pin);
  const { body } = await server.call('GET', '/api/apps?host_id=0');
  assert.deepEqual(body.apps[0], { app_id: 1, title: 'Desktop', is_hdr_supported: false });
  const picture = await fetch(`${server.url}/api/app/image?host_id=0&app_id=1`, {
    headers: { authorization: `Bearer ${CREDENTIALS}` },
  });
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal(await picture.text(), 'picture');
});

test('a host is neither polled, cancelled nor removed while a streamer runs on it', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  const box = server.hosts.add('box');
  box.pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  box.requests.length = 0;
  const { body } = await server.call('GET', '/api/host?host_id=0&force_refresh=true');
  assert.deepEqual([body.host.server_state, body.host.current_game, body.host.paired], ['Busy', 1, 'Paired']);
  assert.deepEqual((await server.call('POST', '/api/host/cancel', { host_id: 0 })).body, { success: false });
  assert.deepEqual(box.requests, []);
  const removed = await server.call('DELETE', '/api/host?host_id=0');
  assert.deepEqual([removed.status, removed.body.code], [409, 'HOST_IN_USE']);
  await server.call('DELETE', '/api/streamers/a');
  box.currentGame = 1;
  assert.deepEqual((await server.call('POST', '/api/host/cancel', { host_id: 0 })).body, { success: true });
  assert.equal(box.currentGame, 0);
});

test('the state and the apps of a host are cached, and fetched again on request', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  const box = server.hosts.add('box');
  box.pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  await server.call('GET', '/api/apps?host_id=0');
  const asked = async (paths: string[]) => {
    box.requests.length = 0;
    await Promise.all(paths.map((path) => server.call('GET', path)));
    return ['applist', 'serverinfo'].map((what) => box.requests.filter((request) => request === what).length);
  };
  const looks = ['/api/hosts', '/api/host?host_id=0', '/api/apps?host_id=0'];
  // One, if what was cached has expired meanwhile.
  for (const times of await asked([...looks, ...looks, ...looks])) assert.ok(times <= 1);
  const fresh = looks.slice(1).map((path) => `${path}&force_refresh=true`);
  for (const times of await asked(fresh)) assert.ok(times >= 1);
});

test('while a streamer is running, its host is rarely asked for its apps, even on request', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  const box = server.hosts.add('box');
  box.pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  box.requests.length = 0;
  for (let i = 0; i < 20; i++) await server.call('GET', '/api/apps?host_id=0&force_refresh=true');
  assert.ok(box.requests.length <= 1, box.requests.join());
});

test('a host whose MAC address is unknown cannot be woken, and the answer says so', async (context) => {
  const { call, hosts } = await startTestServer(context);
  hosts.add('box');
  await call('PUT', '/api/host', { address: 'box' });
  const { status, body } = await call('POST', '/api/host/wake', { host_id: 0 });
  assert.deepEqual([status, body.code], [502, 'HOST_UNSUPPORTED']);
  assert.match(body.error, /MAC/);
});

test('unpair forgets the certificates, and is refused while a streamer runs there', async (context) => {
  const { call, hosts, url } = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '4711' });
  const box = hosts.add('box');
  box.pin = '4711';
  await call('PUT', '/api/host', { address: 'box' });
  for await (const line of pairChunks(url, 0)) assert.ok(line);
  await call('POST', '/api/streamers', streamerRequest('a'));
  const busy = await call('POST', '/api/host/unpair', { host_id: 0 });
  assert.deepEqual([busy.status, busy.body.code], [409, 'HOST_IN_USE']);
  await call('DELETE', '/api/streamers/a');
  const { status, body } = await call('POST', '/api/host/unpair', { host_id: 0 });
  assert.deepEqual([status, body.host.paired], [200, 'NotPaired']);
  box.pin = '0000';
  assert.equal((await call('POST', '/api/streamers', streamerRequest('a'))).body.code, 'HOST_NOT_PAIRED');
  // A new pairing, even with a reinstalled host, works like the first.
  box.pin = '4711';
  box.certificate = 'another';
  assert.equal((await call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
});

test('a host that is slow, gone, busy or refusing gets its own error code', async (context) => {
  const { call, hosts } = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '4711' });
  const box = hosts.add('box');
  box.pin = '4711';
  await call('PUT', '/api/host', { address: 'box' });
  await call('POST', '/api/streamers', streamerRequest('first'));
  await call('DELETE', '/api/streamers/first');
  for (const [failure, status] of [
    ['HOST_TIMEOUT', 504],
    ['HOST_UNREACHABLE', 502],
    ['HOST_BUSY', 503],
    ['HOST_REFUSED', 502],
    ['HOST_BAD_REPLY', 502],
  ] as const) {
    box.failure = failure;
    const answer = await call('POST', '/api/streamers', streamerRequest('a'));
    assert.deepEqual([answer.status, answer.body.code], [status, failure]);
    assert.ok(answer.body.hint.length > 0);
  }
});

test('hosts that announce themselves and answer are listed, those that do not answer are not', async (context) => {
  const { call, hosts } = await startTestServer(context);
  const bonjour = new Bonjour();
  context.after(() => new Promise((done) => bonjour.unpublishAll(() => bonjour.destroy(done))));
  await once(bonjour.publish({ name: `box ${randomUUID()}`, type: 'nvstream', port: 47_123 }), 'up');
  const silent = await call('GET', '/api/hosts/discovered');
  assert.deepEqual([silent.status, silent.body], [200, { hosts: [] }]);

  // The same announcement, and now something answers there.
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  for (const { address, family } of own) if (family === 'IPv4') hosts.add(address);
  const again = await startTestServer(context, {}, { hosts });
  const { body } = await again.call('GET', '/api/hosts/discovered');
  const [{ address, ...host }] = body.hosts;
  assert.deepEqual(host, { name: `name of ${address}`, http_port: 47_123, unique_id: 'ID' });
  assert.equal(body.hosts.length, 1);
});
