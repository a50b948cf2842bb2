import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressKey } from '../auth/address.ts';
import { LimitError } from '../auth/limit-error.ts';
import { FairSlots } from '../limits/fair-slots.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { Proxies } from './proxies.ts';

/** Unauthenticated connections per address: silent, half-open, or refused. A browser opens six. */
const perAddress = (max: number) => Math.max(64, Math.ceil(max / 4));

/**
 * Limits the total number of connections to the server. An authenticated caller keeps its connection while it is served; all others
 * share fair slots, in which a flood displaces itself.
 */
export class ConnectionLimiter {
  readonly #max: number;
  readonly #proxies: Proxies;
  readonly #security: SecurityLog;
  readonly #slots: FairSlots<Socket>;
  /** By remote address and port, since a request over TLS has a different socket object from its connection. */
  readonly #open = new Map<string, Socket>();

  constructor(options: { max: number; proxies: Proxies; security: SecurityLog }) {
    this.#max = options.max;
    this.#proxies = options.proxies;
    this.#security = options.security;
    this.#slots = new FairSlots({ perKey: perAddress(options.max), total: options.max });
  }

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  /** Counts a connection until a request on it is authenticated, or it becomes a socket with its own limits: `keep`. */
  hooks(app: FastifyInstance, addressOf: (request: FastifyRequest) => string): void {
    app.addHook('onRequest', async (request, reply) => {
      const socket = this.#open.get(idOf(request.raw.socket));
      if (socket === undefined) return;
      // From one of our proxies: from now on it is counted as the client behind it.
      this.#admit(socket, addressOf(request), { bounded: true });
      if (!request.ws) {
        reply.raw.once('close', () => {
          if (this.#open.has(idOf(socket))) this.#rest(socket);
        });
      }
    });
  }

  keep(request: FastifyRequest): void {
    const socket = this.#open.get(idOf(request.raw.socket));
    if (socket !== undefined) this.#slots.delete(socket);
  }

  #accept(socket: Socket): void {
    const id = idOf(socket);
    this.#open.set(id, socket);
    socket.once('close', () => {
      this.#slots.delete(socket);
      if (this.#open.get(id) === socket) this.#open.delete(id);
    });
    this.#rest(socket);
  }

  /** Nothing is being requested on it now. */
  #rest(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    this.#admit(socket, address, { bounded: !this.#proxies.isOurs(address) });
  }

  #admit(socket: Socket, address: string, options: { bounded: boolean }): void {
    const leaving = this.#slots.add(socket, addressKey(address), { ...options, full: this.#open.size > this.#max });
    if (leaving === null) return;
    this.#security.refused(leaving.remoteAddress ?? '', new LimitError('RATE_LIMITED', 'connections'));
    this.#open.delete(idOf(leaving));
    leaving.destroy();
  }
}

function idOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
