import type { AppInfo } from '@moonshare/contract';
import type { AppUse } from '../hosts/app-use.ts';
import type { Lease } from '../hosts/certificate-pool.ts';
import type { Host } from '../hosts/host.ts';
import type { UdpPort, UdpPorts } from './udp-ports.ts';

/** What a streamer keeps across all its processes, so that host and browsers find it again: certificate, app, UDP port. */
export class Allocation {
  readonly lease: Lease;
  /** Releases the lease when it ends. */
  readonly use: AppUse;
  readonly app: AppInfo;
  readonly #ports: UdpPorts;
  readonly #streamEnded: () => void;
  #port: UdpPort;
  #released = false;

  private constructor(parts: {
    host: Host;
    lease: Lease;
    app: AppInfo;
    stays: boolean;
    ports: UdpPorts;
    port: UdpPort;
  }) {
    this.lease = parts.lease;
    this.use = parts.host.appUses.use(parts.lease, parts.app.app_id, parts);
    this.app = parts.app;
    this.#ports = parts.ports;
    this.#port = parts.port;
    this.#streamEnded = parts.host.streamStarted(parts.app.app_id);
  }

  /** Throws what `Host.prepare` throws, UDP_PORTS_EXHAUSTED, and the reason of `signal`. */
  static async take(
    host: Host,
    wanted: { clientUniqueId: string; appId: number; stays: boolean; ports: UdpPorts; signal: AbortSignal },
  ): Promise<Allocation> {
    const { lease, app } = await host.prepare(wanted);
    try {
      wanted.signal.throwIfAborted();
      const port = await wanted.ports.take();
      try {
        wanted.signal.throwIfAborted();
        return new Allocation({ host, lease, app, stays: wanted.stays, ports: wanted.ports, port });
      } catch (error) {
        port.release();
        throw error;
      }
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  get udpPort(): number {
    return this.#port.port;
  }

  /** Takes the same port for the next process, unless someone has taken it meanwhile. Throws UDP_PORTS_EXHAUSTED. */
  async takePortAgain(): Promise<void> {
    this.#port.release();
    this.#port = await this.#ports.take(this.#port.port);
    if (this.#released) this.#port.release();
  }

  /** For when another program took the port before our process did. Throws UDP_PORTS_EXHAUSTED. */
  async takeAnotherPort(): Promise<void> {
    const before = this.#port;
    // Released afterwards, so that it is not taken again.
    this.#port = await this.#ports.take();
    before.release();
    if (this.#released) this.#port.release();
  }

  /** Releases the UDP port and marks the stream as ended; the use of the app ends by itself. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#port.release();
    this.#streamEnded();
  }
}
