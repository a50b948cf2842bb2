import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** The connection of a request to upgrade, and what came right behind it. */
export interface Upgrade {
  socket: Socket;
  head: Buffer;
}

/** Remembers what the WebSocket plugin keeps to itself: routes that speak no WebSocket need it. */
export class Upgrades {
  readonly #heads = new WeakMap<IncomingMessage, Buffer>();

  /** Before the plugin is registered, whose listener runs the routes. */
  watch(app: FastifyInstance): void {
    const server: Server = app.server;
    const remember = (request: IncomingMessage, _socket: unknown, head: Buffer) => void this.#heads.set(request, head);
    server.on('upgrade', remember);
    // As the plugin does with its own.
    app.addHook('preClose', async () => void server.removeListener('upgrade', remember));
  }

  of({ raw }: FastifyRequest): Upgrade {
    return { socket: raw.socket, head: this.#heads.get(raw) ?? Buffer.alloc(0) };
  }
}
