import { isIPv4 } from 'node:net';
import timers from 'node:timers/promises';
import type { DiscoveredHost } from '@moonshare/contract';
import { Cached } from './cached.ts';
import type { GameStreamApi } from './gamestream-api.ts';

/** Long enough for a second query, which gets an answer if the first was lost. */
const BROWSE_MS = 2_500;
const KEEP_MS = 10_000;
const INFO_TIMEOUT_MS = 2_000;
/** Anyone on the network can announce anything. */
const MAX_HOSTS = 64;

/** What a host announces as `_nvstream._tcp`, protocol/1 §2. */
export interface Announcement {
  /** Only a label. */
  name: string;
  address: string;
  httpPort: number;
}

/** Finds hosts on the local network; only queries when asked. */
export class Discovery {
  readonly #api: GameStreamApi;
  readonly #browse: () => Promise<Announcement[]>;
  readonly #found = new Cached(() => this.#look());

  /** `browse` can be replaced in tests. */
  constructor(api: GameStreamApi, browse: () => Promise<Announcement[]> = browseMdns) {
    this.#api = api;
    this.#browse = browse;
  }

  /** Takes some seconds. Hosts that announce themselves and answer as hosts do, identified by `unique_id`. */
  async hosts(): Promise<DiscoveredHost[]> {
    return this.#found.get(KEEP_MS);
  }

  async #look(): Promise<DiscoveredHost[]> {
    const announced = (await this.#browse()).slice(0, MAX_HOSTS);
    const asked = await Promise.all(announced.map((announcement) => this.#ask(announcement)));
    const hosts = asked.filter((host) => host !== null);
    // A host with several names or networks is still one host.
    return [...new Map(hosts.map((host) => [host.unique_id, host])).values()];
  }

  async #ask({ address, httpPort }: Announcement): Promise<DiscoveredHost | null> {
    try {
      const info = await this.#api.connect({ address, httpPort }).serverInfo({ timeoutMs: INFO_TIMEOUT_MS });
      return { name: info.hostname, address, http_port: httpPort, unique_id: info.uniqueId };
    } catch {
      return null;
    }
  }
}

/** Announcements that can be received now over multicast DNS. Without a network there are none. */
export async function browseMdns(): Promise<Announcement[]> {
  // Few servers are ever asked to discover hosts.
  const { Bonjour } = await import('bonjour-service');
  const bonjour = new Bonjour({}, () => {});
  const browser = bonjour.find({ type: 'nvstream' });
  try {
    await timers.setTimeout(BROWSE_MS / 2);
    browser.update();
    await timers.setTimeout(BROWSE_MS / 2);
    return browser.services.flatMap(({ name, port, addresses }) => {
      // IPv6 announcements are mostly link-local, which is useless without the name of the interface.
      const address = addresses?.find(isIPv4);
      return address === undefined || port < 1 || port > 65_535 ? [] : [{ name, address, httpPort: port }];
    });
  } finally {
    browser.stop();
    bonjour.destroy();
  }
}
