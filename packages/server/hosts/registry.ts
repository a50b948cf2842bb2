import { background, type DiscoveredHost, MoonshareError } from '@moonshare/contract';
import { Discovery } from './discovery.ts';
import { Host, type HostServices } from './host.ts';

/** Front ends wait 6 s for the answer (protocol/4 §1), and the host's state is requested after this. */
const ADD_TIMEOUT_MS = 3_500;

/** The hosts that this server knows. */
export class HostRegistry {
  readonly #services: HostServices;
  readonly #hosts = new Map<number, Host>();
  readonly #discovery: Discovery;

  /** `configured` get the IDs 0, 1, ... in order. */
  constructor(services: HostServices, configured: readonly { address: string; httpPort: number }[]) {
    this.#services = services;
    this.#discovery = new Discovery(services.api);
    services.hosts.place(configured);
    for (const record of services.hosts.list()) this.#hosts.set(record.id, new Host(record, services));
  }

  list(): Host[] {
    return [...this.#hosts.values()].sort((a, b) => a.id - b.id);
  }

  /** Throws HOST_NOT_FOUND. */
  get(id: number): Host {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new MoonshareError('HOST_NOT_FOUND');
    return host;
  }

  /** Hosts that announce themselves on the local network, known or not. Takes some seconds. */
  discover(): Promise<DiscoveredHost[]> {
    return this.#discovery.hosts();
  }

  /** The host at this address, known or new. A new one must answer: throws HOST_UNREACHABLE and the like. */
  async add(target: { address: string; httpPort: number }): Promise<Host> {
    const known = this.#find(target);
    if (known !== undefined) return known;
    await this.#services.api.connect(target).serverInfo({ timeoutMs: ADD_TIMEOUT_MS });
    const meanwhile = this.#find(target);
    if (meanwhile !== undefined) return meanwhile;
    const host = new Host(this.#services.hosts.add(target), this.#services);
    this.#hosts.set(host.id, host);
    return host;
  }

  /** Forgets the host and its pairings. Throws HOST_NOT_FOUND, and HOST_IN_USE while a streamer is running on it. */
  remove(id: number): void {
    const host = this.get(id);
    if (host.streaming) {
      throw new MoonshareError('HOST_IN_USE');
    }
    this.#services.hosts.remove(id);
    this.#hosts.delete(id);
    host.callOffPairing();
    background(host.appUses.close(0), this.#services.log);
  }

  /** Stops using all hosts, after ending pending apps within `limitMs`. */
  async close(limitMs: number): Promise<void> {
    await Promise.all(this.list().map((host) => host.appUses.close(limitMs)));
  }

  #find(target: { address: string; httpPort: number }): Host | undefined {
    return this.list().find((host) => host.address === target.address && host.httpPort === target.httpPort);
  }
}
