import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { startTestServer, streamerRequest } from '../testing/test-server.ts';
import { IceServers, turnCredentials } from './ice-servers.ts';

const stun = { urls: ['stun:a:3478'], username: '', credential: '' };

test('time-limited credentials have the form that coturn expects', () => {
  // printf %s 1433895918:user | openssl dgst -sha1 -hmac north -binary | base64
  assert.deepEqual(turnCredentials({ secret: 'north', user: 'user', expiresAt: 1_433_895_918 }), {
    username: '1433895918:user',
    credential: '/gk4t5tUc08OpM3NjrVjHSFVNmY=',
  });
});

test('each browser gets separate TURN credentials, and the streamer none', () => {
  const servers = new IceServers([stun], { urls: ['turn:b'], secret: 'north', lifetimeSeconds: 60 });
  assert.deepEqual(servers.forStreamer(), [stun]);
  const [first, turn] = servers.forPeer('one', 1_500);
  assert.deepEqual([first, turn?.urls, turn?.username], [stun, ['turn:b'], '61:one']);
  assert.notEqual(servers.forPeer('two', 1_500)[1]?.credential, turn?.credential);
  assert.deepEqual(new IceServers([stun], null).forPeer('one', 0), [stun]);
});

test('the server creates TURN credentials for each peer and never sends the secret', async (context) => {
  const server = await startTestServer(context, {
    MOONLIGHT_INTERNAL_PAIRING_PIN: '1234',
    MOONSHARE_ICE_SERVERS: JSON.stringify([stun]),
    MOONSHARE_TURN_URLS: 'turn:b:3478?transport=udp,turns:b:5349',
    MOONSHARE_TURN_SECRET: 'north',
    MOONSHARE_TURN_LIFETIME: '600',
  });
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  await server.call('POST', '/api/streamers', streamerRequest('a'));
  const before = Math.floor(Date.now() / 1000);
  const peer = server.peer('/api/streamers/a/peer', { authorization: 'Bearer the-shared-credentials' });
  const config = await peer.message<{
    WebRtcConfig: { ice_servers: { urls: string[]; username: string; credential: string }[] };
  }>((message) => 'WebRtcConfig' in message);
  const iceServers = config.WebRtcConfig.ice_servers;
  const turn = iceServers[1]!;
  assert.deepEqual(iceServers[0], stun);
  assert.deepEqual(turn.urls, ['turn:b:3478?transport=udp', 'turns:b:5349']);
  const [expiry, user] = turn.username.split(':');
  assert.equal(user, server.sentToWorkers('addPeer')[0]!.peerId);
  assert.ok(Number(expiry) >= before + 600 && Number(expiry) <= Math.floor(Date.now() / 1000) + 600);
  assert.equal(turn.credential, createHmac('sha1', 'north').update(turn.username).digest('base64'));
  assert.deepEqual((server.sentToWorkers('init')[0] as { webrtc: { iceServers: unknown } }).webrtc.iceServers, [stun]);
  assert.ok(!JSON.stringify([server.sentToWorkers('init'), peer.messages]).includes('north'));
  peer.socket.close();
});
