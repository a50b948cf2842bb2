import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '../testing/processes.ts';
import { PassedSockets } from './passed-sockets.ts';

test('once the process is gone no connection is kept for it, though its channel still counts as connected', async (context) => {
  const passed = new PassedSockets(
    {
      connected: true,
      send: () => assert.fail('passed on'),
    } as unknown as ChildProcess,
    null,
  );
  const server = createServer();
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  passed.end();
  passed.send({}, socket);
  assert.ok(socket.destroyed);
  await once(client.resume(), 'close');
});

test('a connection on which bytes arrive while it is being passed on is ended: the process would miss them', async (context) => {
  const written: (() => void)[] = [];
  const send = (_message: unknown, _socket: Socket, _options: unknown, done: () => void) => written.push(done);
  const passed = new PassedSockets({ connected: true, send } as unknown as ChildProcess, null);
  const server = createServer();
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  passed.send({}, socket);
  client.write('too early');
  socket.read(0);
  await until(() => socket.readableLength > 0);
  written[0]!();
  await once(client.resume(), 'end');
  assert.ok(socket.destroyed);
});
