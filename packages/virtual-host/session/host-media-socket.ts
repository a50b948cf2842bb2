import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

export interface MediaTarget {
  address: string;
  port: number;
}

/** Drops a share of the outgoing media, for tests; shared by all streams of the host. */
export class DropControl {
  percent = 0;

  drops(): boolean {
    return this.percent > 0 && Math.random() * 100 < this.percent;
  }
}

export interface SendCount {
  sent: number;
  dropped: number;
}

const SEND_BUFFER = 2 * 1024 * 1024;
/** One UDP port for media. Clients reveal where they are by their pings, protocol/3 §1. */
export class HostMediaSocket {
  readonly #socket: Socket;
  readonly #drop: DropControl;

  private constructor(socket: Socket, drop: DropControl) {
    this.#socket = socket;
    this.#drop = drop;
  }

  static async open(options: {
    bind: string;
    port: number;
    drop: DropControl;
    onDatagram: (datagram: Buffer, from: MediaTarget) => void;
  }): Promise<HostMediaSocket> {
    const socket = createSocket(isIPv6(options.bind) ? 'udp6' : 'udp4');
    socket.bind(options.port, options.bind);
    await once(socket, 'listening');
    socket.setSendBufferSize(SEND_BUFFER);
    // Sending to a client that has gone causes a socket error later; timeouts notice the client.
    socket.on('error', () => {});
    socket.on('message', (datagram: Buffer, from: RemoteInfo) => options.onDatagram(datagram, from));
    return new HostMediaSocket(socket, options.drop);
  }

  /** Sends from the port that was pinged, so that NAT lets it pass. */
  send(datagrams: Buffer[], to: MediaTarget, count: SendCount): void {
    for (const datagram of datagrams) {
      if (this.#drop.drops()) {
        count.dropped++;
        continue;
      }
      count.sent++;
      this.#socket.send(datagram, to.port, to.address, ignore);
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

function ignore(): void {}
