import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { EventEmitter, once } from 'node:events';
import { isIPv6 } from 'node:net';
import { WakeTimer } from '@moonshare/sans-io';
import { GameStreamError } from '../errors.ts';
import { EnetHost, type EnetPeerStats } from './host.ts';
import type { EnetAddress, EnetEvent, EnetMode, EnetSend } from './types.ts';

type EventOf<T extends EnetEvent['type']> = Extract<EnetEvent, { type: T }>;

/** Requested from the system, which may give less. */
const SOCKET_BUFFER_BYTES = 1024 * 1024;
const DEFAULT_CHANNELS = 48;
const CONNECT_HINT = 'Check that the host is running and that its control port (UDP) is reachable.';

type Waiting = Map<number, PromiseWithResolvers<void>>;

/** An EnetHost on a UDP socket with one timer. Add listeners before `bind` or `connect`. */
export class EnetSocket extends EventEmitter<{
  connected: [EventOf<'connected'>];
  message: [EventOf<'message'>];
  disconnected: [EventOf<'disconnected'>];
}> {
  /** Send and receive errors of the system, such as those caused by ICMP: lost datagrams, so they are only counted. */
  socketErrors = 0;
  readonly #host: EnetHost;
  #socket: Socket | null = null;
  readonly #timer = new WakeTimer<EnetSend | EnetEvent>(
    (now) => this.#host.advance(now),
    (event) => this.#handle(event),
  );
  #closed = false;
  readonly #connecting: Waiting = new Map();
  readonly #leaving: Waiting = new Map();

  constructor(options: { slots: number; channelLimit?: number }) {
    super();
    this.#host = new EnetHost({ ...options, random: randomBytes });
  }

  /** Opens the socket; port 0 takes any free one. Errors: INVALID_ARGUMENT if the address cannot be bound. */
  async bind(options: { address?: string; port?: number } = {}): Promise<{ address: string; port: number }> {
    if (this.#closed) throw closedError();
    if (this.#socket !== null) throw new GameStreamError('INVALID_ARGUMENT', 'the socket is bound');
    const address = options.address ?? '0.0.0.0';
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    const listening = Promise.race([
      once(socket, 'listening'),
      once(socket, 'close').then(() => Promise.reject(closedError())),
    ]);
    socket.bind(options.port ?? 0, address);
    try {
      await listening;
    } catch (cause) {
      if (this.#closed) throw closedError();
      this.#socket = null;
      socket.close();
      throw new GameStreamError('INVALID_ARGUMENT', `UDP ${address} port ${options.port ?? 0} cannot be bound`, {
        cause,
      });
    }
    socket.on('error', () => this.socketErrors++);
    socket.on('message', (datagram, from) => this.#receive(datagram, from));
    growBuffers(socket);
    const bound = socket.address();
    return { address: bound.address, port: bound.port };
  }

  /** Connects and returns the peer number; binds first if needed. Errors: CONTROL_FAILED, or the signal's reason. */
  async connect(options: {
    address: string;
    port: number;
    channels?: number;
    data?: number;
    signal?: AbortSignal;
  }): Promise<number> {
    options.signal?.throwIfAborted();
    const target = await lookup(options.address).catch((cause) => {
      throw new GameStreamError('CONTROL_FAILED', `No address was found for ${options.address}`, {
        hint: CONNECT_HINT,
        cause,
      });
    });
    if (this.#socket === null) await this.bind({ address: target.family === 6 ? '::' : '0.0.0.0' });
    options.signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    const to = addressKey(target.address, options.port);
    const output = this.#host.connect(
      { to, channels: options.channels ?? DEFAULT_CHANNELS, data: options.data ?? 0 },
      now(),
    );
    const { peer } = output;
    const abort = () => {
      this.#settle(this.#connecting, peer)?.reject(options.signal!.reason);
      this.#timer.take(this.#host.disconnect(peer, 'unsequenced', now()));
    };
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      const connecting = Promise.withResolvers<void>();
      // If the first datagram cannot be sent, nobody waits.
      connecting.promise.catch(() => {});
      this.#connecting.set(peer, connecting);
      this.#timer.take(output);
      await connecting.promise;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
    return peer;
  }

  /** Errors: NOT_CONNECTED, INVALID_ARGUMENT. */
  send(peer: number, channel: number, data: Buffer, mode: EnetMode): void {
    this.#timer.take(this.#host.send(peer, channel, data, mode, now()));
  }

  /** Resolves once the peer is gone: at once for `unsequenced`, within 2 s for `reliable`. */
  async disconnect(peer: number, how: 'reliable' | 'unsequenced', data = 0): Promise<void> {
    if (this.#host.stats(peer) === null || this.#closed) return;
    const leaving = this.#leaving.get(peer) ?? Promise.withResolvers<void>();
    this.#leaving.set(peer, leaving);
    this.#timer.take(this.#host.disconnect(peer, how, now(), data));
    await leaving.promise;
  }

  /** null if there is no such connection. */
  stats(peer: number): EnetPeerStats | null {
    return this.#host.stats(peer);
  }

  /** Closes the socket without notifying the peers. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer.stop();
    for (const waiting of [this.#connecting, this.#leaving]) {
      for (const peer of [...waiting.keys()]) {
        this.#settle(waiting, peer)?.reject(closedError());
      }
    }
    if (this.#socket === null) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    this.#timer.take(this.#host.receive(datagram, addressKey(from.address, from.port), now()));
  }

  #handle(event: EnetSend | EnetEvent): void {
    if (this.#closed) return;
    switch (event.type) {
      case 'send': {
        const { address, port } = parseAddressKey(event.to);
        this.#socket?.send(event.data, port, address, (error) => {
          if (error) this.socketErrors++;
        });
        break;
      }
      case 'connected':
        this.#settle(this.#connecting, event.peer)?.resolve();
        this.emit('connected', event);
        break;
      case 'message':
        this.emit('message', event);
        break;
      case 'disconnected':
        this.#settle(this.#connecting, event.peer)?.reject(
          new GameStreamError('CONTROL_FAILED', 'The host did not accept the control connection', {
            hint: CONNECT_HINT,
          }),
        );
        this.#settle(this.#leaving, event.peer)?.resolve();
        this.emit('disconnected', event);
        break;
    }
  }

  #settle(waiting: Waiting, peer: number): PromiseWithResolvers<void> | undefined {
    const waiter = waiting.get(peer);
    waiting.delete(peer);
    return waiter;
  }
}

function closedError(): GameStreamError {
  return new GameStreamError('NOT_CONNECTED', 'the ENet socket was closed');
}

function now(): number {
  return performance.now();
}

function addressKey(address: string, port: number): EnetAddress {
  return `${address} ${port}`;
}

function parseAddressKey(key: EnetAddress): { address: string; port: number } {
  const space = key.lastIndexOf(' ');
  return { address: key.slice(0, space), port: Number(key.slice(space + 1)) };
}

function growBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // The system's default sizes will do.
  }
}
