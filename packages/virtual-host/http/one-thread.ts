import type { Server, Socket } from 'node:net';

/**
 * Makes a server behave as if it had a single thread: while it is occupied, the system accepts connections but nobody serves
 * them; a client that has left before its turn goes unnoticed.
 */
export class OneThread {
  readonly #waiting: (() => void)[] = [];
  readonly #sockets = new Set<Socket>();
  #tasks = 0;

  constructor(server: Server) {
    const serve = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
      this.#whenFree(() => {
        if (!socket.destroyed) for (const listener of serve) listener.call(server, socket);
      });
    });
  }

  get isOccupied(): boolean {
    return this.#tasks > 0;
  }

  /** Occupies the thread; resolves after this time. */
  async occupy(ms: number): Promise<void> {
    this.#tasks += 1;
    await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
    this.#tasks -= 1;
    if (this.#tasks === 0) for (const serve of this.#waiting.splice(0)) serve();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #whenFree(serve: () => void): void {
    if (this.#tasks === 0) serve();
    else this.#waiting.push(serve);
  }
}
