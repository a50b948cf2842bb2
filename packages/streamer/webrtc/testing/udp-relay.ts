import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ServerSignal } from '@moonshare/contract';

/** The size of a browser's socket buffer, bytes: a larger burst is lost before it is read. */
const BUFFER_BYTES = 256 * 1024;

/** A network between an engine and one peer on this machine that can lose packets. */
export class UdpRelay {
  /** true: this datagram from the engine is lost. Media have a first byte of 128 to 191 (RFC 7983). */
  losesFromEngine: (datagram: Buffer) => boolean = () => false;
  /** Nothing passes in either direction. */
  isCut = false;
  readonly #inner: Socket;
  readonly #outer: Socket;
  #peer: { port: number; address: string } | null = null;

  private constructor(inner: Socket, outer: Socket, enginePort: number) {
    this.#inner = inner;
    this.#outer = outer;
    outer.on('message', (datagram, from) => {
      this.#peer = from;
      if (!this.isCut) inner.send(datagram, enginePort, '127.0.0.1');
    });
    inner.on('message', (datagram) => {
      if (this.#peer === null || this.isCut || this.losesFromEngine(datagram)) return;
      outer.send(datagram, this.#peer.port, this.#peer.address);
    });
  }

  static async create(enginePort: number): Promise<UdpRelay> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      socket.setRecvBufferSize(BUFFER_BYTES);
    }
    return new UdpRelay(sockets[0], sockets[1], enginePort);
  }

  /** The engine's signal with this relay as its only candidate; null: drop it. */
  translate(message: ServerSignal): ServerSignal | null {
    if (typeof message !== 'object' || !('Signaling' in message) || 'Description' in message.Signaling) return message;
    const ice = message.Signaling.AddIceCandidate;
    if (!ice.candidate.includes(' 127.0.0.1 ')) return null;
    const candidate = ice.candidate.replace(/ 127\.0\.0\.1 \d+ /, ` 127.0.0.1 ${this.#outer.address().port} `);
    return { Signaling: { AddIceCandidate: { ...ice, candidate } } };
  }

  close(): void {
    this.#inner.close();
    this.#outer.close();
  }
}

export function isMedia(datagram: Buffer): boolean {
  return datagram[0]! >= 128 && datagram[0]! <= 191 && !(datagram[1]! >= 192 && datagram[1]! <= 223);
}
