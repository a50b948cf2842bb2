// A server process that passes every upgraded connection on to a process of its own; reports its port.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { prepareForStreamer } from '../../packages/server/peers/media-hand-over.ts';
import { PassedSockets } from '../../packages/server/streamers/passed-sockets.ts';

const child = fork(new URL('./socket-taker.ts', import.meta.url));
const passed = new PassedSockets(child, null);
await once(child, 'message');
const server = createServer();
server.on('upgrade', (_request, socket: Socket, head) =>
  passed.send({ head: prepareForStreamer(socket, head).toString('base64') }, socket),
);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
