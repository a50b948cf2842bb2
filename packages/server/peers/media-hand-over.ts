import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Prepares a browser's connection for its streamer; returns what has been received behind the upgrade, `head` first. */
export function prepareForStreamer(socket: Socket, head: Buffer): Buffer {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  // A TLS connection stays here, with what has been received on it.
  return socket instanceof TLSSocket ? head : Buffer.concat([head, socket.read() ?? Buffer.alloc(0)]);
}
