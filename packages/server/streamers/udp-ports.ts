import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { MoonshareError } from '@moonshare/contract';

/** Gives each streamer a UDP port of its own out of a range. */
export class UdpPorts {
  readonly #range: { from: number; to: number };
  readonly #bindAddress: string | undefined;
  readonly #taken = new Set<number>();

  constructor(range: { from: number; to: number }, bindAddress: string | undefined) {
    this.#range = range;
    this.#bindAddress = bindAddress;
  }

  /** A port that neither we nor another program uses. Throws UDP_PORTS_EXHAUSTED. */
  async take(): Promise<{ port: number; release(): void }> {
    for (let port = this.#range.from; port <= this.#range.to; port++) {
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      if (await this.#isFree(port)) return { port, release: () => void this.#taken.delete(port) };
      this.#taken.delete(port);
    }
    throw new MoonshareError('UDP_PORTS_EXHAUSTED');
  }

  async #isFree(port: number): Promise<boolean> {
    const socket = createSocket('udp4');
    try {
      socket.bind({
        port,
        ...(this.#bindAddress === undefined ? {} : { address: this.#bindAddress }),
        exclusive: true,
      });
      await once(socket, 'listening');
      return true;
    } catch {
      return false;
    } finally {
      socket.close();
    }
  }
}
