import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { EnetSocket } from './socket.ts';
import type { EnetEvent } from './types.ts';

const open: EnetSocket[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
});

function socket(options: { slots: number; channelLimit?: number } = { slots: 4 }): EnetSocket {
  const made = new EnetSocket(options);
  open.push(made);
  return made;
}

async function pair(): Promise<{ client: EnetSocket; host: EnetSocket; port: number; peer: number }> {
  const host = socket();
  const { port } = await host.bind({ address: '127.0.0.1' });
  const client = socket({ slots: 1 });
  const peer = await client.connect({ address: '127.0.0.1', port, data: 0x5eed1234 });
  return { client, host, port, peer };
}

test('two sockets connect, exchange messages in all modes and disconnect', async () => {
  const host = socket();
  const { port } = await host.bind({ address: '127.0.0.1' });
  const connected = once(host, 'connected');
  const client = socket({ slots: 1 });
  const peer = await client.connect({ address: '127.0.0.1', port, data: 0x5eed1234 });
  client.send(peer, 0, Buffer.from('first'), 'reliable');
  assert.equal((await connected)[0].data, 0x5eed1234);
  const received: EnetEvent[] = [];
  const all = new Promise<void>((resolve) => {
    host.on('message', (event) => {
      if (received.push(event) === 3) resolve();
    });
  });
  client.send(peer, 1, Buffer.alloc(5000, 1), 'reliable');
  client.send(peer, 0x20, Buffer.from('u'), 'unreliable');
  client.send(peer, 0, Buffer.from('q'), 'unsequenced');
  const back = once(client, 'message');
  host.send(0, 0, Buffer.from('back'), 'reliable');
  await all;
  assert.equal((await back)[0].data.toString(), 'back');
  const gone = once(host, 'disconnected');
  await client.disconnect(peer, 'reliable', 5);
  const [event] = await gone;
  assert.deepEqual(event, { type: 'disconnected', peer: 0, reason: 'remote', data: 5 });
  assert.equal(client.stats(peer), null);
});

test('an unsequenced disconnect ends at once', async () => {
  const { client, host, peer } = await pair();
  client.send(peer, 0, Buffer.from('x'), 'reliable');
  await once(host, 'message');
  const gone = once(host, 'disconnected');
  await client.disconnect(peer, 'unsequenced', 9);
  assert.equal((await gone)[0].data, 9);
});

test('a closed port does not break the socket, and connecting can be aborted', async () => {
  const probe = createSocket('udp4');
  probe.bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  const client = socket({ slots: 1 });
  const abort = new AbortController();
  const attempt = client.connect({ address: '127.0.0.1', port, signal: abort.signal });
  setImmediate(() => abort.abort(new Error('enough')));
  await assert.rejects(attempt, /enough/);
  const host = socket();
  const bound = await host.bind({ address: '127.0.0.1' });
  assert.equal(await client.connect({ address: '127.0.0.1', port: bound.port }), 0, 'the slot is free again');
});

test('a refusal while connecting is CONTROL_FAILED', async () => {
  const fake = createSocket('udp4');
  fake.bind(0, '127.0.0.1');
  await once(fake, 'listening');
  fake.once('message', (_, from) => fake.send(Buffer.from('000044ff000100000000', 'hex'), from.port, from.address));
  const attempt = socket({ slots: 1 }).connect({ address: '127.0.0.1', port: fake.address().port });
  await assert.rejects(attempt, { code: 'CONTROL_FAILED' });
  fake.close();
});

test('closing ends a pending connect', async () => {
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const client = socket({ slots: 1 });
  const attempt = client.connect({ address: '127.0.0.1', port: silent.address().port });
  const received = once(silent, 'message');
  const rejected = assert.rejects(attempt, { code: 'NOT_CONNECTED' });
  await received;
  await client.close();
  await rejected;
  await client.close();
  silent.close();
});

test('closing ends a pending bind or connect', async () => {
  const host = socket();
  const binding = assert.rejects(host.bind({ address: '127.0.0.1' }), { code: 'NOT_CONNECTED' });
  await host.close();
  await binding;
  const client = socket({ slots: 1 });
  const connecting = assert.rejects(client.connect({ address: '127.0.0.1', port: 9 }), {
    code: 'NOT_CONNECTED',
  });
  await client.close();
  await connecting;
});

test('an unresolvable name is CONTROL_FAILED, a taken port INVALID_ARGUMENT', async () => {
  await assert.rejects(socket({ slots: 1 }).connect({ address: 'no-such-host.invalid', port: 1 }), {
    code: 'CONTROL_FAILED',
  });
  const first = socket();
  const { port } = await first.bind({ address: '127.0.0.1' });
  await assert.rejects(socket().bind({ address: '127.0.0.1', port }), { code: 'INVALID_ARGUMENT' });
});

test('sending to an unknown peer is NOT_CONNECTED, disconnecting one is harmless', async () => {
  const { client, peer } = await pair();
  await client.disconnect(peer, 'unsequenced');
  assert.throws(() => client.send(peer, 0, Buffer.from('x'), 'reliable'), { code: 'NOT_CONNECTED' });
  await client.disconnect(peer, 'reliable');
});

test('garbage on the port does not disturb connections', async () => {
  const { client, host, port, peer } = await pair();
  const rubbish = createSocket('udp4');
  for (const hex of ['', '00', 'ffff', '8000101086000001ffff', '40000000']) {
    rubbish.send(Buffer.from(hex, 'hex'), port, '127.0.0.1');
  }
  const message = once(host, 'message');
  client.send(peer, 0, Buffer.from('still here'), 'reliable');
  assert.equal((await message)[0].data.toString(), 'still here');
  rubbish.close();
});
