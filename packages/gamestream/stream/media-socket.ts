import { type DatagramSocket, type OpenDatagramSocket, openNodeSocket } from './datagram-socket.ts';

/** What may arrive between the ANNOUNCE reply and the end of the handshake: the largest frame, 4 x 1023 packets, and more. */
const MAX_EARLY_DATAGRAMS = 8192;

/** The datagram is valid until it returns. */
type Receive = (datagram: Buffer, now: number) => void;

export interface MediaSocketOptions {
  /** IP address of the host. */
  address: string;
  port: number;
  /** 0: any free one. */
  localPort: number;
}

/** The UDP socket of one media stream: takes datagrams from the host's address and port only. */
export class MediaSocket {
  /** Datagrams from elsewhere that came before the kernel began to drop them. */
  foreign = 0;
  readonly #options: MediaSocketOptions;
  readonly #openSocket: OpenDatagramSocket;
  #opening: Promise<DatagramSocket> | null = null;
  #socket: DatagramSocket | null = null;
  #closed = false;
  #firstAt: number | null = null;
  #early: { datagram: Buffer; now: number }[] = [];
  #receive: Receive | null = null;
  #onFirst: (() => void)[] = [];

  constructor(options: MediaSocketOptions, openSocket: OpenDatagramSocket = openNodeSocket) {
    this.#options = options;
    this.#openSocket = openSocket;
  }

  /** False if it was closed meanwhile. Errors: those of the system. */
  async open(): Promise<boolean> {
    this.#opening = this.#openSocket({
      ...this.#options,
      receive: (datagram) => this.#take(datagram),
      foreign: () => {
        this.foreign += 1;
      },
    });
    const socket = await this.#opening;
    if (this.#closed) return false;
    this.#socket = socket;
    return true;
  }

  /** Does nothing before it is open and after it was closed. */
  send(datagram: Buffer): void {
    this.#socket?.send(datagram);
  }

  /** Passes all datagrams to `receive`, starting with those that came early. */
  deliver(receive: Receive): void {
    this.#receive = receive;
    const early = this.#early;
    this.#early = [];
    for (const { datagram, now } of early) receive(datagram, now);
  }

  /** When the first datagram came, ms; null before that. */
  get firstAt(): number | null {
    return this.#firstAt;
  }

  /** Calls back at the first datagram, or at once if it has come. */
  onFirst(callback: () => void): void {
    if (this.#firstAt !== null) callback();
    else this.#onFirst.push(callback);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#early = [];
    this.#socket = null;
    // Who opens it hears of its errors.
    const socket = await this.#opening?.catch(() => null);
    await socket?.close();
  }

  #take(datagram: Buffer): void {
    if (this.#closed) return;
    const now = performance.now();
    if (this.#firstAt === null) {
      this.#firstAt = now;
      for (const callback of this.#onFirst.splice(0)) callback();
    }
    if (this.#receive !== null) this.#receive(datagram, now);
    else if (this.#early.length < MAX_EARLY_DATAGRAMS) this.#early.push({ datagram: Buffer.from(datagram), now });
  }
}
