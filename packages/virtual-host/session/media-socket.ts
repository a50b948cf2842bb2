import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

export interface MediaTarget {
  address: string;
  port: number;
}

/** Throws away a share of the outgoing media, for tests; shared by all streams of the host. */
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
const PLAIN_PING = Buffer.from('PING');

/**
 * One UDP port for the media of all sessions. Clients say where they are by their pings, protocol/3 §1: 16 bytes of
 * payload and a counter, or `PING`.
 */
export class MediaSocket {
  readonly #socket: Socket;
  readonly #drop: DropControl;
  /** Datagrams that are no ping. */
  strays = 0;

  private constructor(socket: Socket, drop: DropControl) {
    this.#socket = socket;
    this.#drop = drop;
  }

  static async open(o: {
    bind: string;
    port: number;
    drop: DropControl;
    /** `payload` is null for the plain ping. */
    onPing: (payload: string | null, from: MediaTarget) => void;
  }): Promise<MediaSocket> {
    const socket = createSocket(isIPv6(o.bind) ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(o.port, o.bind, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.setSendBufferSize(SEND_BUFFER);
    const media = new MediaSocket(socket, o.drop);
    // A send to a client that has gone comes back as an error of the socket; timeouts notice the client.
    socket.on('error', () => {});
    socket.on('message', (datagram: Buffer, from: RemoteInfo) => {
      if (datagram.length >= 20) o.onPing(datagram.toString('latin1', 0, 16), from);
      else if (datagram.equals(PLAIN_PING)) o.onPing(null, from);
      else media.strays++;
    });
    return media;
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
