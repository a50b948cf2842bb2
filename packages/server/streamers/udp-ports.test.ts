import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { freeUdpRange } from '../testing/free-udp-range.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { type LogLine, streamerRequest, type TestServer } from '../testing/test-server.ts';
import { UdpPorts } from './udp-ports.ts';

const BINDS_ITS_PORT = 11;

async function bound(context: TestContext, port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  context.after(() => socket.close());
  socket.bind(port);
  await once(socket, 'listening');
  return socket;
}

test('each port is given out once, those of other programs are skipped, and released ones are reused', async (context) => {
  const range = await freeUdpRange(3);
  const ports = new UdpPorts(range, undefined);
  await bound(context, range.from + 1);
  const [first, second] = [await ports.take(), await ports.take()];
  assert.deepEqual([first.port, second.port], [range.from, range.from + 2]);
  await assert.rejects(
    ports.take(),
    (error) => error instanceof MoonshareError && error.code === 'UDP_PORTS_EXHAUSTED',
  );
  first.release();
  first.release();
  assert.equal((await ports.take()).port, range.from);
});

test('an address that this machine does not have is not told as a lack of ports', async () => {
  const ports = new UdpPorts(await freeUdpRange(2), '192.0.2.1');
  await assert.rejects(ports.take(), (error: MoonshareError) => error.code === 'BIND_ADDRESS_MISSING');
});

test('the preferred port is given out if it is free', async (context) => {
  const range = await freeUdpRange(3);
  const ports = new UdpPorts(range, undefined);
  assert.equal((await ports.take(range.from + 2)).port, range.from + 2);
  await bound(context, range.from + 1);
  assert.equal((await ports.take(range.from + 1)).port, range.from);
});

/** A server with this many ports; `take` is called with each before the process that gets it can bind it. */
async function serverWithPorts(context: TestContext, size: number, take: (port: number) => void): Promise<TestServer> {
  const { from, to } = await freeUdpRange(size);
  const logged = ({ fields: { msg, udpPort } }: LogLine) => {
    if (msg === 'streamer process started') take(udpPort);
  };
  return pairedServer(context, 1, { MOONSHARE_UDP_PORTS: `${from}-${to}` }, { logged });
}

const request = streamerRequest('a', { app_id: BINDS_ITS_PORT });

test('a streamer whose port is taken by another program before its process binds gets another one', async (context) => {
  const thief = createSocket('udp4');
  context.after(() => thief.close());
  const taken: number[] = [];
  const server = await serverWithPorts(context, 5, (port) => {
    taken.push(port);
    if (taken.length === 1) thief.bind(port);
  });
  const { status, body } = await server.call('POST', '/api/streamers', request);
  assert.deepEqual([status, body.status], [200, 'active']);
  assert.equal(taken.length, 2);
  assert.equal(thief.address().port, taken[0]);
  assert.notEqual(taken[1], taken[0]);
});

test('a streamer fails with the reason if every port is snatched away', async (context) => {
  const thieves: Socket[] = [];
  context.after(() => {
    for (const thief of thieves) thief.close();
  });
  const server = await serverWithPorts(context, 2, (port) => void thieves.push(createSocket('udp4').bind(port)));
  const { status, body } = await server.call('POST', '/api/streamers', request);
  assert.deepEqual([status, body.code], [503, 'UDP_PORTS_EXHAUSTED']);
  assert.equal(thieves.length, 2);
  assert.equal((await server.call('GET', '/api/streamers/a')).status, 404);
});
