import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** A key frame of several megabytes may come in one burst; the kernel grants at most `net.core.rmem_max`. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
/** What may arrive between the ANNOUNCE reply and the end of the handshake: the largest frame, 4 x 1023 packets, and more. */
const MAX_EARLY_DATAGRAMS = 8192;

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
  #socket: Socket | null = null;
  #connected = false;
  #closed = false;
  #firstAt: number | null = null;
  #early: { datagram: Buffer; now: number }[] = [];
  #receive: Receive | null = null;
  #onFirst: (() => void)[] = [];

  constructor(options: MediaSocketOptions) {
    this.#options = options;
  }

  /** Binds and connects; false if it was closed meanwhile. Errors: those of the system. */
  async open(): Promise<boolean> {
    const socket = await bound(this.#options.address, this.#options.localPort);
    // ICMP errors mean that the host's port is not open yet, or no more: the control stream knows which.
    socket.on('error', () => undefined);
    if (this.#closed) {
      socket.close();
      return false;
    }
    this.#socket = socket;
    let host: { address: string; port: number } | null = null;
    socket.on('message', (datagram, from) => {
      if (from.port === host?.port && from.address === host.address) this.#take(datagram);
      else this.foreign += 1;
    });
    // A connected socket never queues datagrams from elsewhere, so garbage cannot push media out of its buffer.
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', resolve);
      socket.connect(this.#options.port, this.#options.address);
    });
    if (this.#closed) return false;
    host = socket.remoteAddress();
    this.#connected = true;
    return true;
  }

  /** Does nothing before it is open and after it was closed. */
  send(datagram: Buffer): void {
    if (this.#connected) this.#socket?.send(datagram, () => undefined);
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
    this.#closed = true;
    this.#early = [];
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) await new Promise<void>((resolve) => socket.close(resolve));
  }

  #take(datagram: Buffer): void {
    const now = performance.now();
    if (this.#firstAt === null) {
      this.#firstAt = now;
      for (const callback of this.#onFirst.splice(0)) callback();
    }
    if (this.#receive !== null) this.#receive(datagram, now);
    else if (this.#early.length < MAX_EARLY_DATAGRAMS) this.#early.push({ datagram, now });
  }
}

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.bind(port);
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  return socket;
}
