// Settings that change what is bound, and what streamers are given.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import type { StreamerInit } from '@moonshare/contract';
import { freeUdpRange } from './testing/free-udp-range.ts';
import { startTestServer, streamerRequest, type TestServer } from './testing/test-server.ts';
import { viewerAddress } from './viewer-address.ts';

/** What a streamer process receives at its start. */
async function init(server: TestServer): Promise<StreamerInit> {
  server.hosts.add('box').pin = '1234';
  await server.call('PUT', '/api/host', { address: 'box' });
  assert.equal((await server.call('POST', '/api/streamers', streamerRequest('a'))).status, 200);
  return server.sentToWorkers('init')[0] as unknown as StreamerInit;
}

const NETWORKS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal }) => !internal);
/** An address of this machine that others can reach. */
const OUTSIDE = NETWORKS.find(({ family }) => family === 'IPv4')?.address;
/** What streamers bind if the server listens on loopback only. */
const LOOPBACK_GIVES = NETWORKS.length > 0 ? undefined : '127.0.0.1';

const PIN = { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' };

test('the server listens only on the configured address', async (context) => {
  const bind = OUTSIDE ?? '127.0.0.2';
  const server = await startTestServer(context, { ...PIN, MOONSHARE_BIND: bind });
  const { hostname, port } = new URL(server.url);
  assert.equal(hostname, bind);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const [error] = await once(connect(Number(port), '127.0.0.3'), 'error');
  assert.equal(error.code, 'ECONNREFUSED');
  assert.equal((await init(server)).webrtc.bindAddress, OUTSIDE ?? LOOPBACK_GIVES);
});

test('UDP is bound to the address of TCP, except loopback, which not every browser on this machine can use', () => {
  assert.equal(viewerAddress('192.168.1.10'), '192.168.1.10');
  for (const every of ['0.0.0.0', '::']) assert.equal(viewerAddress(every), undefined);
  for (const own of ['127.0.0.2', '::1']) assert.equal(viewerAddress(own), LOOPBACK_GIVES);
});

test('the UDP port of a streamer is within the range, and the public address is the one that is set', async (context) => {
  const { from: port } = await freeUdpRange(1);
  const settings = { ...PIN, MOONSHARE_UDP_PORTS: String(port), MOONSHARE_PUBLIC_ADDRESS: '203.0.113.5' };
  const { webrtc } = await init(await startTestServer(context, settings));
  assert.deepEqual([webrtc.udpPort, webrtc.publicAddress], [port, '203.0.113.5']);
});

test('without a public address in the settings, streamers get none', async (context) => {
  const { webrtc } = await init(await startTestServer(context, PIN));
  assert.equal('publicAddress' in webrtc, false);
});
