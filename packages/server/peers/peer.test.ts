// Mostly waits: for sockets that say nothing to be given up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import { until } from '../testing/processes.ts';
import {
  CREDENTIALS,
  startTestServer,
  streamerRequest,
  type TestPeer,
  type TestServer,
} from '../testing/test-server.ts';

const PEER = '/api/streamers/a/peer';
const BEARER = { authorization: `Bearer ${CREDENTIALS}` };
const EVIL = { origin: 'https://evil.example' };

async function serverWithStreamer(context: TestContext, appId = 1): Promise<TestServer> {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234', MOONSHARE_MAX_VIEWERS: '3' });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  const { status } = await server.call(
    'POST',
    `/api/streamers?wait=${appId === 1}`,
    streamerRequest('a', { app_id: appId }),
  );
  assert.equal(status, 200);
  return server;
}

function configured(peer: TestPeer): Promise<unknown> {
  return peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
}

const offer = { Signaling: { Description: { ty: 'offer', sdp: 'v=0' } } };

function isOffer(message: unknown): boolean {
  return JSON.stringify(message) === JSON.stringify(offer);
}

test('a socket with the credentials reaches the streamer, and negotiation goes both ways', async (context) => {
  const server = await serverWithStreamer(context);
  const peer = server.peer(PEER, BEARER);
  await configured(peer);
  peer.send(offer);
  await peer.message(isOffer);
  const { body } = await server.call('GET', '/api/streamers/a');
  assert.equal(body.connected_peers, 1);
  assert.equal(body.peers.length, 1);
  assert.deepEqual((await server.call('GET', '/api/streamers/a')).body.peers, body.peers);
  peer.socket.close();
});

test('protocol/4 §7.7: a peer socket without the right credentials is refused before the upgrade', async (context) => {
  const server = await serverWithStreamer(context);
  const { token } = (await server.call('POST', '/api/streamers/a/token')).body;
  for (const [path, headers] of [
    [PEER, { authorization: 'Bearer wrong' }],
    [PEER, { authorization: 'garbage' }],
    [`${PEER}?token=wrong`, {}],
    [`${PEER}?token=`, {}],
    [`/api/streamers/b/peer?token=${token}`, {}],
  ] as const) {
    const { status, body } = await server.peer(path, headers).refused;
    assert.equal(status, 401, path);
    assert.equal((body as { code: string }).code, 'UNAUTHORIZED');
  }
});

test('before the upgrade, an unknown streamer is answered with 404 and a foreign page with 403', async (context) => {
  const server = await serverWithStreamer(context);
  const unknown = await server.peer('/api/streamers/b/peer', BEARER).refused;
  assert.deepEqual([unknown.status, (unknown.body as { code: string }).code], [404, 'STREAMER_NOT_FOUND']);
  assert.equal((await server.peer(PEER, EVIL).refused).status, 403);
  assert.equal((await server.peer(PEER, { ...EVIL, authorization: 'Bearer wrong' }).refused).status, 401);
});

test('a link can be exchanged for a socket token, with no more rights than the link has', async (context) => {
  const server = await serverWithStreamer(context);
  const link = new URL(await server.server.link('a', 'gamepad'));
  const authorization = `Bearer ${new URLSearchParams(link.hash.slice(1)).get('token')}`;
  const { status, body } = await server.call('POST', '/api/streamers/a/token', undefined, { authorization });
  assert.deepEqual([status, body.role], [200, 'gamepad']);
  assert.ok(Date.parse(body.expires_at) - Date.now() <= 60_000);
  await configured(server.peer(`${PEER}?token=${body.token}`));
  assert.equal(server.sentToWorkers('addPeer')[0]?.role, 'gamepad');

  const less = await server.call('POST', '/api/streamers/a/token', { role: 'watch' }, { authorization });
  assert.equal(less.body.role, 'watch');
  const more = await server.call('POST', '/api/streamers/a/token', { role: 'full' }, { authorization });
  assert.equal(more.status, 403);
  for (const path of ['/api/streamers/b/token', '/api/streamers']) {
    assert.equal((await server.call('POST', path, undefined, { authorization })).status, 401);
  }
  const asLink = await server.call('POST', '/api/streamers/a/token', undefined, {
    authorization: `Bearer ${body.token}`,
  });
  assert.equal(asLink.status, 401);
});

test('a socket without a token or credentials has to send the credentials first', async (context) => {
  const server = await serverWithStreamer(context);
  const right = server.peer(PEER);
  await right.opened;
  right.send({ AuthenticateAndInit: { credentials: CREDENTIALS, host_id: 9, app_id: 9, bitrate: 'ignored' } });
  await configured(right);

  for (const first of [
    { AuthenticateAndInit: { credentials: 'wrong' } },
    { AuthenticateAndInit: {} },
    offer,
    'hello',
    // Too long to be parsed for a stranger.
    { AuthenticateAndInit: { credentials: CREDENTIALS, padding: 'x'.repeat(16_384) } },
  ]) {
    const wrong = server.peer(PEER);
    await wrong.opened;
    wrong.send(first);
    assert.deepEqual(await wrong.closed, { code: 4401, reason: 'UNAUTHORIZED' });
    assert.deepEqual(wrong.messages, []);
  }
  const elsewhere = server.peer('/api/streamers/unknown/peer');
  await elsewhere.opened;
  elsewhere.send({ AuthenticateAndInit: { credentials: CREDENTIALS } });
  assert.deepEqual(await elsewhere.closed, { code: 4404, reason: 'STREAMER_NOT_FOUND' });
});

test('a silent socket is closed after a while', async (context) => {
  const server = await serverWithStreamer(context);
  assert.deepEqual(await server.peer(PEER).closed, { code: 4401, reason: 'UNAUTHORIZED' });
});

test('sockets that have not sent their credentials yet are limited, and others are not', async (context) => {
  const server = await serverWithStreamer(context);
  const pending = Array.from({ length: 64 }, () => server.peer(PEER));
  await Promise.all(pending.map(({ opened }) => opened));
  assert.deepEqual(await server.peer(PEER).closed, { code: 4429, reason: 'RATE_LIMITED' });
  await configured(server.peer(PEER, BEARER));
  pending[0]!.socket.close();
  await pending[0]!.closed;
  const next = server.peer(PEER);
  await next.opened;
  next.send({ AuthenticateAndInit: { credentials: CREDENTIALS } });
  await configured(next);
});

test('protocol/4 §7.6: only the peer that sent an offer receives the answer', async (context) => {
  const server = await serverWithStreamer(context);
  const [first, second] = [server.peer(PEER, BEARER), server.peer(PEER, BEARER)];
  await Promise.all([configured(first), configured(second)]);
  first.send(offer);
  await first.message(isOffer);
  const other = { Signaling: { Description: { ty: 'offer', sdp: 'v=0 of the second' } } };
  second.send(other);
  await second.message((message) => JSON.stringify(message) === JSON.stringify(other));
  const signals = (peer: TestPeer) => peer.messages.filter((message) => JSON.stringify(message).includes('Signaling'));
  assert.deepEqual([signals(first), signals(second)], [[offer], [other]]);
});

test('protocol/4 §7.7: pings, binary frames and unknown JSON do not end the loop', async (context) => {
  const server = await serverWithStreamer(context);
  const peer = server.peer(PEER, BEARER);
  await configured(peer);
  peer.socket.ping();
  await once(peer.socket, 'pong');
  peer.socket.send(Buffer.from([0, 255, 1]));
  peer.socket.send('not json');
  peer.send({ Signaling: { Something: 1 } });
  peer.send({ AuthenticateAndInit: { credentials: 'later', session_id: 'x' } });
  peer.send('PeerDisconnect');
  peer.send(offer);
  await peer.message(isOffer);
});

test('no message makes the server stop', async (context) => {
  const server = await serverWithStreamer(context);
  const peer = server.peer(PEER, BEARER);
  await configured(peer);
  const samples = fc.sample(fc.oneof(fc.string(), fc.json()), 200);
  for (const sample of samples) peer.socket.send(sample);
  peer.send(offer);
  await peer.message(isOffer);
});

test('a frame beyond the limit and a flood each close their own socket only', async (context) => {
  const server = await serverWithStreamer(context);
  const bystander = server.peer(PEER, BEARER);
  await configured(bystander);
  const large = server.peer(PEER, BEARER);
  await configured(large);
  large.socket.send('x'.repeat(257 * 1024));
  assert.equal((await large.closed).code, 1009);
  const flood = server.peer(PEER, BEARER);
  await configured(flood);
  for (let i = 0; i < 2000; i++) flood.send(offer);
  assert.deepEqual(await flood.closed, { code: 4429, reason: 'RATE_LIMITED' });
  bystander.send(offer);
  await bystander.message(isOffer);
});

test('protocol/4 §7.11: a peer is removed whether it closes its socket or just goes silent', async (context) => {
  const server = await serverWithStreamer(context);
  const witness = server.peer(PEER, BEARER);
  await configured(witness);
  const closing = server.peer(PEER, BEARER);
  await configured(closing);
  const silent = server.peer(PEER, BEARER);
  await configured(silent);
  const ids = (await server.call('GET', '/api/streamers/a')).body.peers.map(
    (peer: { peer_id: string }) => peer.peer_id,
  );

  closing.socket.close();
  await until(() => server.sentToWorkers('removePeer').some(({ peerId }) => peerId === ids[1]));
  // Stops reading, so it answers no ping, like a machine that has lost its network.
  silent.socket.pause();
  // Two pings of 4 s each.
  await until(() => server.sentToWorkers('removePeer').some(({ peerId }) => peerId === ids[2]), 30_000);
  assert.equal((await server.call('GET', '/api/streamers/a')).body.connected_peers, 1);
  silent.socket.resume();
});

test('one viewer beyond the limit is refused with VIEWER_LIMIT', async (context) => {
  const server = await serverWithStreamer(context);
  await Promise.all([1, 2, 3].map(() => configured(server.peer(PEER, BEARER))));
  assert.deepEqual(await server.peer(PEER, BEARER).closed, { code: 4503, reason: 'VIEWER_LIMIT' });
});

test('only subscribers to events get the state of the streamer', async (context) => {
  const server = await serverWithStreamer(context);
  const plain = server.peer(PEER, BEARER);
  await configured(plain);
  const asking = server.peer(`${PEER}?events=1`, BEARER);
  await configured(asking);
  assert.deepEqual(asking.messages[0], {
    StreamerState: {
      status: 'active',
      stage: null,
      error: null,
      viewers: 2,
      surround: 2,
      host_encryption: FAKE_ENCRYPTION,
    },
  });
  await server.call('DELETE', '/api/streamers/a');
  await Promise.all([plain.closed, asking.closed]);
  assert.ok(!JSON.stringify(plain.messages).includes('StreamerState'));
  assert.match(JSON.stringify(asking.messages), /"status":"stopping".*"STREAMER_STOPPED"/);
});

test('a viewer that comes while the streamer starts joins when it is up, and its earlier messages are delivered', async (context) => {
  const server = await serverWithStreamer(context, 4);
  const peer = server.peer(`${PEER}?events=1`, BEARER);
  await peer.opened;
  peer.send(offer);
  await peer.message(isOffer);
  assert.deepEqual(server.sentToWorkers('addPeer').length, 1);
});

test('a viewer that comes to a failed streamer learns why it failed', async (context) => {
  const server = await serverWithStreamer(context, 2);
  await server.peer(`${PEER}?events=1`, BEARER).closed;
  const late = server.peer(`${PEER}?events=1`, BEARER);
  assert.deepEqual(await late.closed, { code: 4503, reason: 'HOST_BUSY' });
  assert.match(JSON.stringify(late.messages), /"failed".*HOST_BUSY.*ConnectionTerminated/);
});
