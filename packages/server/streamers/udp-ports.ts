import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { bindError, MoonshareError } from '@moonshare/contract';

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

  /**
   * A port that neither we nor another program use, `preferred` if possible. Throws UDP_PORTS_EXHAUSTED; if none can be used for another
   * reason, BIND_ADDRESS_MISSING or UDP_PORT_FORBIDDEN.
   */
  async take(preferred?: number): Promise<UdpPort> {
    let refused: MoonshareError | null = null;
    for (const port of this.#candidates(preferred)) {
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      const error = await this.#tryOut(port);
      if (error === null) return this.#lease(port);
      this.#taken.delete(port);
      if (error.code !== 'UDP_PORTS_EXHAUSTED') refused ??= error;
    }
    throw refused ?? new MoonshareError('UDP_PORTS_EXHAUSTED');
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

  /** Null: it is free. */
  async #tryOut(port: number): Promise<MoonshareError | null> {
    const socket = createSocket('udp4');
    try {
      socket.bind({
        port,
        ...(this.#bindAddress === undefined ? {} : { address: this.#bindAddress }),
        exclusive: true,
      });
      await once(socket, 'listening');
      return null;
    } catch (cause) {
      return bindError(cause);
    } finally {
      socket.close();
    }
  }
}
