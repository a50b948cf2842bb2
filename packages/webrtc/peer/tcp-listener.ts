import { createServer, type Server, type Socket } from 'node:net';
import { canonicalAddress } from '../address.ts';
import type { Path } from '../ice/path.ts';
import type { IceRouter, StunParty } from '../ice/router.ts';
import { IceTcpConnection, type TcpConnectionEvent } from '../ice/tcp-connection.ts';
import { encodeFrame } from '../ice/tcp-framing.ts';
import { Driver } from './driver.ts';
import { TcpStrangers } from './tcp-strangers.ts';

/** A browser makes one from each of its addresses to each of ours. */
const MAX_CONNECTIONS_OF_ONE = 64;
/** What sends: a frame that has begun goes on where a new one would not, and what keeps the connection alive has room left. */
export type SentKind = 'media' | 'rest of a frame' | 'other';
/** What may wait to be sent on one connection. Media are of no use later; but the largest frame has to fit in. */
const MAX_BUFFERED: Record<SentKind, number> = {
  media: 512 * 1024,
  'rest of a frame': 6 * 1024 * 1024,
  other: (6 * 1024 + 64) * 1024,
};

interface Connection<Party extends StunParty> {
  socket: Socket;
  core: IceTcpConnection<Party>;
}

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
  readonly #connections = new Map<number, Connection<Party>>();
  /** How many each has. */
  readonly #parties = new Map<Party, number>();
  readonly #strangers = new TcpStrangers();
  readonly #server: Server;
  #last = 0;

  private constructor(options: TcpListenerOptions<Party>) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
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
  send(connection: number, datagram: Uint8Array, kind: SentKind): boolean {
    const socket = this.#connections.get(connection)?.socket;
    if (socket === undefined || socket.writableLength + datagram.length > MAX_BUFFERED[kind]) return false;
    socket.write(encodeFrame(datagram));
    return true;
  }

  /** This party is gone: so are its connections. */
  left(party: Party): void {
    if (!this.#parties.has(party)) return;
    for (const { core, socket } of this.#connections.values()) if (core.party === party) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.#connections.values()) socket.destroy();
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
    const { address } = path.remote;
    const core = new IceTcpConnection(router, path, performance.now());
    this.#connections.set(connection, { socket, core });
    const driver = new Driver<TcpConnectionEvent<Party>>(
      core,
      (event) => {
        if (event.type === 'datagram') datagram(event.party, event.path, event.datagram);
        else socket.destroy();
      },
      () => socket.destroy(),
    );
    /** It counts from its first request on. */
    let party: Party | null = null;
    const introduce = (): void => {
      if (party !== null || core.party === null) return;
      this.#strangers.remove(connection, address);
      party = core.party;
      const count = (this.#parties.get(party) ?? 0) + 1;
      this.#parties.set(party, count);
      if (count > MAX_CONNECTIONS_OF_ONE) socket.destroy();
    };
    socket.on('data', (chunk) => {
      driver.run((now) => {
        const output = core.receive(chunk, now);
        introduce();
        return output;
      });
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      driver.stop();
      this.#connections.delete(connection);
      this.#strangers.remove(connection, address);
      router.pathClosed(path);
      if (party === null) return;
      const rest = this.#parties.get(party)! - 1;
      if (rest === 0) this.#parties.delete(party);
      else this.#parties.set(party, rest);
      ended(party, connection);
    });
    driver.run((now) => core.advance(now));
    const oldest = this.#strangers.add(connection, address);
    if (oldest !== null) this.#connections.get(oldest)?.socket.destroy();
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
