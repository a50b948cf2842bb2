import { createServer, type Server, type Socket } from 'node:net';
import { canonicalAddress } from '../address.ts';
import type { Path } from '../ice/path.ts';
import type { IceRouter, StunParty } from '../ice/router.ts';
import { IceTcpConnection, type TcpConnectionEvent } from '../ice/tcp-connection.ts';
import { encodeFrame } from '../ice/tcp-framing.ts';
import { Driver } from './driver.ts';

/** Of strangers, most of the time: each lives for five seconds. */
const MAX_CONNECTIONS = 512;
/** What may wait to be sent on one connection. Media are of no use later. */
const MAX_BUFFERED = 512 * 1024;

export interface TcpListenerOptions<Party extends StunParty> {
  port: number;
  /** undefined: all. */
  address: string | undefined;
  router: IceRouter<Party>;
  datagram(party: Party, path: Path, datagram: Uint8Array): void;
  /** A connection of this party has ended. */
  ended(party: Party, connection: number): void;
}

/** ICE over TCP, passive, at the port number of the UDP socket (RFC 6544). */
export class TcpListener<Party extends StunParty> {
  readonly #options: TcpListenerOptions<Party>;
  readonly #sockets = new Map<number, Socket>();
  readonly #server: Server;
  #last = 0;

  private constructor(options: TcpListenerOptions<Party>) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Throws errors with the codes of Node, as EADDRINUSE. */
  static async listen<Party extends StunParty>(options: TcpListenerOptions<Party>): Promise<TcpListener<Party>> {
    const listener = new TcpListener(options);
    const { port, address } = options;
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen({ port, ...(address === undefined ? {} : { host: address }) }, resolve);
    });
    // Of single connections, as when there are no more descriptors.
    listener.#server.removeAllListeners('error').on('error', () => {});
    return listener;
  }

  /** False: there is no such connection, or too much waits. */
  send(connection: number, datagram: Uint8Array): boolean {
    const socket = this.#sockets.get(connection);
    if (socket === undefined || socket.writableLength + datagram.length > MAX_BUFFERED) return false;
    socket.write(encodeFrame(datagram));
    return true;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const path = this.#pathOf(socket);
    // It is gone already.
    if (path === null) {
      socket.destroy();
      return;
    }
    const { router, datagram, ended } = this.#options;
    const { connection } = path;
    this.#sockets.set(connection, socket);
    const core = new IceTcpConnection(router, path, performance.now());
    const driver = new Driver<TcpConnectionEvent<Party>>(
      core,
      (event) => {
        if (event.type === 'datagram') datagram(event.party, event.path, event.datagram);
        else socket.destroy();
      },
      () => socket.destroy(),
    );
    driver.run((now) => core.advance(now));
    socket.on('data', (chunk) => driver.run((now) => core.receive(chunk, now)));
    socket.on('error', () => {});
    socket.on('close', () => {
      driver.stop();
      this.#sockets.delete(connection);
      router.pathClosed(path);
      if (core.party !== null) ended(core.party, connection);
    });
  }

  #pathOf({ localAddress, remoteAddress, localPort, remotePort }: Socket): (Path & { connection: number }) | null {
    const [local, remote] = [localAddress, remoteAddress].map((text) => plainAddress(text ?? ''));
    if (!local || !remote || localPort === undefined || remotePort === undefined) return null;
    return {
      protocol: 'tcp',
      local: { address: local, port: localPort },
      remote: { address: remote, port: remotePort },
      connection: ++this.#last,
    };
  }
}

/** A socket for both families names those of IPv4 as IPv6 ones. */
function plainAddress(text: string): string | null {
  return canonicalAddress(text.replace(/^::ffff:(?=\d+\.)/, ''));
}
