import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { WakeTimer } from '@moonshare/sans-io';
import type { Dtls, DtlsEvent } from '../dtls.ts';

/** One `Dtls` at a UDP socket of its own, for tests against other implementations. The peer is who sends first, or `remote`. */
export class SocketShell {
  readonly events: DtlsEvent[] = [];
  readonly #dtls: Dtls;
  readonly #socket: Socket;
  readonly #timer: WakeTimer<DtlsEvent>;
  #remote: Pick<RemoteInfo, 'address' | 'port'> | null;
  #changed = Promise.withResolvers<void>();

  private constructor(dtls: Dtls, socket: Socket, remote: number | null) {
    this.#dtls = dtls;
    this.#socket = socket;
    this.#remote = remote === null ? null : { address: '127.0.0.1', port: remote };
    this.#timer = new WakeTimer(
      (now) => dtls.advance(now),
      (event) => this.#handle(event),
    );
    socket.on('message', (datagram, from) => {
      this.#remote ??= from;
      this.#timer.take(dtls.receive(datagram, performance.now()));
    });
    // Nobody is listening yet: the handshake is repeated.
    socket.on('error', () => undefined);
    this.#timer.take(dtls.start(performance.now()));
  }

  static async open(dtls: Dtls, remotePort: number | null = null): Promise<SocketShell> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new SocketShell(dtls, socket, remotePort);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The first event of this type, whether or not it has happened yet. */
  async event<T extends DtlsEvent['type']>(type: T): Promise<Extract<DtlsEvent, { type: T }>> {
    for (;;) {
      const found = this.events.find((event) => event.type === type);
      if (found !== undefined) return found as Extract<DtlsEvent, { type: T }>;
      await this.#changed.promise;
    }
  }

  send(data: string): void {
    this.#timer.take(this.#dtls.send(Buffer.from(data), performance.now()));
  }

  close(): void {
    this.#timer.take(this.#dtls.close(performance.now()));
    this.#timer.stop();
    this.#socket.close();
  }

  #handle(event: DtlsEvent): void {
    if (event.type !== 'send') this.events.push(event);
    else if (this.#remote !== null) this.#socket.send(event.datagram, this.#remote.port, this.#remote.address);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
