import type { Endpoint } from '../address.ts';
import { nativeAddon, type SocketHandle } from '../native/load.ts';
import { AddressBook } from './address-book.ts';

/** As the addon has them: messages of a batch, and room for each, which can be many datagrams that the kernel has joined. */
const MESSAGES = 32;
const MESSAGE_BYTES = 65_536;
/** Datagrams of a call, and words that describe each. */
const ENTRIES = 512;
const ENTRY_WORDS = 12;

/** A datagram as it is received. */
export interface Datagram {
  /** Valid until `receive` returns; after that the memory is used again. */
  data: Buffer;
  /** The same object for the same peer, most of the time. */
  from: Endpoint;
  /** The address of ours that it came to. */
  to: string;
}

export interface UdpSocketOptions {
  /** `::` is all addresses of both families, `0.0.0.0` all of IPv4. */
  address: string;
  /** 0: any that is free, in both families. */
  port: number;
  /**
   * Only datagrams from here, except some that came before the kernel was told; and then only addresses of its family. Its IP
   * address has no zone.
   */
  peer?: Endpoint;
  /** A batch, never empty. What it throws is an uncaught exception. */
  receive(batch: readonly Datagram[]): void;
}

/**
 * One UDP port for all peers. It is read in batches and never fragments. It keeps the process alive until it is closed. Only where
 * the addon loads.
 */
export class UdpSocket {
  /** What a `Fanout` takes. */
  readonly handle: SocketHandle;
  readonly port: number;
  readonly #receive: (batch: readonly Datagram[]) => void;
  readonly #slab = Buffer.from(new ArrayBuffer(MESSAGES * MESSAGE_BYTES));
  readonly #table = new Uint32Array(ENTRIES * ENTRY_WORDS);
  readonly #addresses = new AddressBook();
  #isOpen = true;

  /** Throws errors with the codes of Node: EADDRINUSE, EADDRNOTAVAIL, EACCES, and EINVAL if it is no IP address; ENETUNREACH if there is no way to `peer`. */
  static bind(options: UdpSocketOptions): UdpSocket {
    return new UdpSocket(options);
  }

  private constructor({ address, port, peer, receive }: UdpSocketOptions) {
    this.#receive = receive;
    const table = new Uint8Array(this.#table.buffer);
    const deliver = (count: number): void => this.#deliver(count);
    this.handle = nativeAddon().socketBind(
      address,
      port,
      this.#slab,
      table,
      deliver,
      peer?.address ?? '',
      peer?.port ?? 0,
    );
    this.port = nativeAddon().socketPort(this.handle);
  }

  /** False: the kernel did not take it, or the socket is closed. `from`: the address of ours to send from; else as the routes say. */
  send(datagram: Uint8Array, to: Endpoint, from = ''): boolean {
    return this.#isOpen && nativeAddon().socketSend(this.handle, datagram, to.address, to.port, from) === null;
  }

  /** Nothing is received after this. The port is free once a `Fanout` on it is closed too, and the event loop has turned. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    nativeAddon().socketClose(this.handle);
  }

  #deliver(count: number): void {
    const batch: Datagram[] = [];
    for (let entry = 0; entry < count; entry += 1) {
      const at = entry * ENTRY_WORDS;
      const [offset, length] = [this.#table[at]!, this.#table[at + 1]!];
      batch.push({
        data: this.#slab.subarray(offset, offset + length),
        from: this.#addresses.endpoint(this.#table, at + 2),
        to: this.#addresses.address(this.#table, at + 2, at + 8),
      });
    }
    this.#receive(batch);
  }
}
