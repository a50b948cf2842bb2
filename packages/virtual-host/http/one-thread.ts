import type { Server, Socket } from 'node:net';

/**
 * Makes a server like one that has a single thread: while it is occupied, the system takes connections and nobody serves
 * them; a client that has gone by the time it is their turn was never heard.
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

  /** Resolves after so long, when the thread is free again. */
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
