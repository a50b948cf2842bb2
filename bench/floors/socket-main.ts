import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createHostIdentity } from '@moonshare/gamestream';
import { Pacer } from '../../packages/virtual-host/session/pacer.ts';
import { readPictures } from '../clip/clip.ts';
import { answer } from '../harness/child.ts';

/**
 * The least that Node can do for viewers on media sockets: each picture of a recording, prepared before, written to every connection
 * at the pace of the stream. Nothing is framed, counted or waited for. Arguments: file of the pictures, fps, `plain` or `TLS`.
 */

export interface FromSocketFloor {
  type: 'listening';
  port: number;
}

/** What readers await before they read. */
const ANSWER = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
const LENGTH_AT = 2;
const HEADER_BYTES = 10;

const [picturesFile, fps, kind] = process.argv.slice(2);
const messages = readPictures(picturesFile!).map(({ data }) => framed(data));
const sockets = new Set<Socket>();
let next = 0;

function framed(data: Uint8Array): Buffer {
  // A binary message of no kind that readers look into, so that they say nothing.
  const message = Buffer.alloc(HEADER_BYTES + data.length);
  message.set([0x82, 127]);
  message.writeBigUInt64BE(BigInt(data.length), LENGTH_AT);
  message.set(data.subarray(1), HEADER_BYTES + 1);
  return message;
}

function take(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.once('close', () => sockets.delete(socket));
  // After the request nothing comes.
  socket.once('data', () => {
    socket.write(ANSWER);
    sockets.add(socket);
  });
}

async function createDoor(): Promise<Server> {
  if (kind === 'plain') return createServer(take);
  const { certificate, privateKey } = await createHostIdentity('localhost');
  return createTlsServer({ cert: certificate, key: privateKey }, take);
}

const server = await createDoor();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.send?.({ type: 'listening', port } satisfies FromSocketFloor);
});
new Pacer(1000 / Number(fps), () => {
  const message = messages[next]!;
  next = (next + 1) % messages.length;
  for (const socket of sockets) socket.write(message);
}).start();

answer({
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
});
process.once('disconnect', () => process.exit());
