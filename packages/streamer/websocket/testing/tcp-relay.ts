import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network between browsers and a server on this machine that can go dead: nothing passes, and nobody is told. */
export class TcpRelay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    server.on('connection', (browser) => {
      const onward = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [browser, onward],
        [onward, browser],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => {});
        from.pipe(to);
      }
    });
  }

  static async create(port: number): Promise<TcpRelay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpRelay(server, port);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For the connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
