import type { ClientIdentity } from '@moonshare/gamestream';
import type { CertificateStore, ClientCertificate } from '../store/index.ts';

/** A client certificate that is one streamer's alone until it is released. */
export interface Lease {
  readonly id: number;
  readonly identity: ClientIdentity;
  /** Idempotent. */
  release(): void;
}

/**
 * The paired client certificates of one host. Some hosts tell concurrent clients apart by certificate, and each is an
 * entry in the host's list of clients: so they are used again, and none by two streamers at once.
 */
export class CertificatePool {
  readonly #store: CertificateStore;
  readonly #hostId: number;
  readonly #leased = new Set<number>();

  constructor(store: CertificateStore, hostId: number) {
    this.#store = store;
    this.#hostId = hostId;
  }

  get size(): number {
    return this.#store.list(this.#hostId).length;
  }

  all(): ClientIdentity[] {
    return this.#store.list(this.#hostId).map(({ identity }) => identity);
  }

  get hasFree(): boolean {
    return this.#store.list(this.#hostId).some(({ id }) => !this.#leased.has(id));
  }

  /** For questions about the host, which disturb no stream: any, leased or not. */
  any(): ClientIdentity | null {
    return this.#store.list(this.#hostId)[0]?.identity ?? null;
  }

  /** The one that `clientUniqueId` used last, else the longest unused; null if all are leased or in `except`. */
  take(clientUniqueId: string, except: ReadonlySet<number> = new Set()): Lease | null {
    const free = this.#store.list(this.#hostId).filter(({ id }) => !this.#leased.has(id) && !except.has(id));
    const certificate = free.find(({ lastClientUniqueId }) => lastClientUniqueId === clientUniqueId) ?? free[0];
    return certificate === undefined ? null : this.#lease(certificate, clientUniqueId);
  }

  /** A certificate that the host has just paired, leased at once. */
  addAndTake(identity: ClientIdentity, clientUniqueId: string): Lease {
    return this.#lease(this.#store.add(this.#hostId, identity), clientUniqueId);
  }

  add(identity: ClientIdentity): void {
    this.#store.add(this.#hostId, identity);
  }

  /** The host is another one than it was: what the old one had paired is worthless. */
  clear(): void {
    this.#store.removeAll(this.#hostId);
  }

  #lease({ id, identity }: ClientCertificate, clientUniqueId: string): Lease {
    this.#leased.add(id);
    this.#store.markUsed(id, clientUniqueId, Date.now());
    let held = true;
    const release = () => {
      if (held) this.#leased.delete(id);
      held = false;
    };
    return { id, identity, release };
  }
}
