import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { MoonshareError } from '@moonshare/contract';

/** A port that belongs to one streamer until it is released. */
export interface UdpPort {
  readonly port: number;
  /** Idempotent. */
  release(): void;
}

/** Gives each streamer a separate UDP port from a range. */
export class UdpPorts {
  readonly #range: { from: number; to: number };
  readonly #bindAddress: string | undefined;
  readonly #taken = new Set<number>();

  constructor(range: { from: number; to: number }, bindAddress: string | undefined) {
    this.#range = range;
    this.#bindAddress = bindAddress;
  }

  /** A port that neither we nor another program use, `preferred` if possible. Throws UDP_PORTS_EXHAUSTED. */
  async take(preferred?: number): Promise<UdpPort> {
    for (const port of this.#candidates(preferred)) {
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      if (await this.#isFree(port)) return this.#lease(port);
      this.#taken.delete(port);
    }
    throw new MoonshareError('UDP_PORTS_EXHAUSTED');
  }

  #lease(port: number): UdpPort {
    let held = true;
    const release = () => {
      if (held) this.#taken.delete(port);
      held = false;
    };
    return { port, release };
  }

  *#candidates(preferred: number | undefined): Generator<number> {
    if (preferred !== undefined) yield preferred;
    for (let port = this.#range.from; port <= this.#range.to; port++) yield port;
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
