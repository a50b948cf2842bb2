import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createHostIdentity } from '@moonshare/gamestream';
import { prepareForStreamer } from '../../packages/server/peers/media-hand-over.ts';
import type { BenchStreamer } from './streamer.ts';

const HEADERS = ['connection', 'upgrade', 'sec-websocket-key', 'sec-websocket-version'] as const;

/** The server's part, in this process: media sockets are handed to the streamer as the server does it. The path names the peer. */
export class MediaDoor {
  readonly port: number;
  /** `TLS`: this process decrypts. */
  readonly kind: 'plain' | 'TLS';
  readonly #server: Server;

  private constructor(server: Server, kind: 'plain' | 'TLS') {
    this.#server = server;
    this.kind = kind;
    this.port = (server.address() as AddressInfo).port;
  }

  static async open(streamer: BenchStreamer, kind: 'plain' | 'TLS'): Promise<MediaDoor> {
    const server = kind === 'TLS' ? await createTlsServer() : createServer();
    server.on('upgrade', ({ url = '', headers: sent }, socket: Socket, head: Buffer) => {
      const headers = Object.fromEntries(HEADERS.map((name) => [name, sent[name] ?? '']));
      const all = prepareForStreamer(socket, head).toString('base64');
      streamer.send({ type: 'mediaSocket', peerId: url.slice(1), request: { url, headers }, head: all }, socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MediaDoor(server, kind);
  }

  close(): void {
    this.#server.close();
  }
}

async function createTlsServer(): Promise<Server> {
  const { certificate, privateKey } = await createHostIdentity('localhost');
  return createHttpsServer({ cert: certificate, key: privateKey });
}
