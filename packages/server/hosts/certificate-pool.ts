import { type ClientIdentity, ClientRefusedError } from '@moonshare/gamestream';
import type { CertificateStore, ClientCertificate } from '../store/certificate-store.ts';
import { isSameUser } from './client-id.ts';
import type { LaunchedApps } from './launched-apps.ts';

/** A client certificate that belongs to one streamer alone until it is released. */
export interface Lease {
  readonly id: number;
  readonly identity: ClientIdentity;
  /** Idempotent. */
  release(): void;
}

/** How many client certificates a host accepts, as far as is known, and how many of those are free. */
export interface CertificateCount {
  paired: number;
  free: number;
}

/** What a client certificate is needed for. */
interface Wanted {
  clientUniqueId: string;
  appId: number;
  except?: ReadonlySet<number>;
  any?: boolean;
}

/**
 * The client certificates of one host. Some hosts tell concurrent clients apart by certificate, and each one is an
 * entry in the host's list of clients: so they are reused, but never by two streamers at once.
 */
export class CertificatePool {
  readonly #store: CertificateStore;
  readonly #hostId: number;
  readonly #launched: LaunchedApps;
  readonly #leases = new Map<number, Lease>();
  /** Those that the host did not accept when last asked; `proven` = the host itself refused. */
  readonly #refused = new Map<number, { proven: boolean }>();
  /** Forgotten as soon as they are released, since their IDs may be reused after that. */
  readonly #dead = new Set<number>();
  /** The one that the host accepted last. */
  #taken: number | null = null;
  /** Someone with a different certificate answered last at the host's address. */
  #replaced = false;

  constructor(store: CertificateStore, hostId: number, launched: LaunchedApps) {
    this.#store = store;
    this.#hostId = hostId;
    this.#launched = launched;
  }

  get count(): CertificateCount {
    if (this.#replaced) return { paired: 0, free: 0 };
    const taken = this.#list().filter(({ id }) => !this.#refused.has(id));
    return { paired: taken.length, free: taken.filter(({ id }) => !this.#leases.has(id)).length };
  }

  /** All, leased or not: first the one that the host accepted last, those that it refused last. For requests that disturb no stream. */
  all(): ClientCertificate[] {
    const rank = ({ id }: ClientCertificate) => (id === this.#taken ? 0 : this.#refused.has(id) ? 2 : 1);
    return this.#list().sort((a, b) => rank(a) - rank(b));
  }

  /** Those that the host itself refused when last asked. */
  refused(): ClientCertificate[] {
    return this.#list().filter(({ id }) => this.#refused.get(id)?.proven);
  }

  /** It has neither been forgotten nor cleared. */
  knows({ id, identity }: Pick<ClientCertificate, 'id' | 'identity'>): boolean {
    return this.#list().some((one) => one.id === id && one.identity.certificate === identity.certificate);
  }

  /** Free, but with an app left running. */
  left(): ClientCertificate[] {
    return this.#free().filter(({ id }) => this.#launched.of(id) !== undefined);
  }

  /** Free, accepted by the host when last asked, and without an app of ours. */
  idle(): ClientCertificate[] {
    return this.#free().filter(({ id }) => !this.#refused.has(id) && this.#launched.of(id) === undefined);
  }

  /** The client that used it last. */
  lastClient(id: number): string | null {
    return this.#list().find((certificate) => certificate.id === id)?.lastClientUniqueId ?? null;
  }

  /**
   * The one that `clientUniqueId` used last, otherwise the one unused for longest; null if all are leased or in `except`. One with an
   * app left running is only for that client and app, with `any` for that user: others might find the host busy, or see what was left
   * there.
   */
  take(options: Wanted): Lease | null {
    const certificate = this.candidate(options);
    if (certificate === null) return null;
    this.#store.markUsed(certificate.id, options.clientUniqueId, Date.now());
    return this.#lease(certificate);
  }

  /** The one that `take` would return now. */
  candidate(options: Wanted): ClientCertificate | null {
    const isLast = ({ lastClientUniqueId }: ClientCertificate) => lastClientUniqueId === options.clientUniqueId;
    const free = this.#free().filter((certificate) => {
      const left = this.#launched.of(certificate.id);
      const isFor = left === undefined || (left.appId === options.appId && isLast(certificate));
      const isOfUser = isSameUser(certificate.lastClientUniqueId ?? '', options.clientUniqueId);
      return (isFor || (options.any === true && isOfUser)) && options.except?.has(certificate.id) !== true;
    });
    const hopeful = free.filter(({ id }) => !this.#refused.has(id));
    const from = hopeful.length > 0 ? hopeful : free;
    const last = from.filter(isLast);
    return last.find(({ id }) => this.#launched.of(id) !== undefined) ?? last[0] ?? from[0] ?? null;
  }

  /** This one, for the client that used it last; null if it is leased or no longer exists. */
  takeOne(id: number): Lease | null {
    const certificate = this.#free().find((one) => one.id === id);
    return certificate === undefined ? null : this.#lease(certificate);
  }

  /** A free one that the host refused, to be paired again. */
  takeRefused(): Lease | null {
    const certificate = this.#list().find(({ id }) => this.#refused.has(id) && !this.#leases.has(id));
    return certificate === undefined ? null : this.#lease(certificate);
  }

  /** A certificate that the host has just paired. */
  add(identity: ClientIdentity): ClientCertificate {
    const certificate = this.#store.add(this.#hostId, identity);
    this.accepted(certificate.id);
    return certificate;
  }

  /** The host accepted it. */
  accepted(id: number): void {
    this.#refused.delete(id);
    this.#taken = id;
    this.#replaced = false;
  }

  /** The host did not accept it, with this error. */
  notAccepted(id: number, error: unknown): void {
    this.#refused.set(id, { proven: error instanceof ClientRefusedError });
    if (this.#taken === id) this.#taken = null;
  }

  /** Someone else answers in the host's place. That proves nothing about the certificates, but nobody there accepts them. */
  hostReplaced(): void {
    this.#replaced = true;
  }

  /** It is never chosen again. A streamer that has it may keep it, for what it is worth. */
  forget(id: number): void {
    this.#dead.add(id);
    if (!this.#leases.has(id)) this.#bury(id);
  }

  /** The host is a different one: everything paired with the old one is worthless. */
  clear(): void {
    this.#store.removeAllOf(this.#hostId);
    this.#leases.clear();
    this.#refused.clear();
    this.#dead.clear();
    this.#taken = null;
    this.#replaced = false;
  }

  #list(): ClientCertificate[] {
    return this.#store.list(this.#hostId).filter(({ id }) => !this.#dead.has(id));
  }

  #free(): ClientCertificate[] {
    return this.#list().filter(({ id }) => !this.#leases.has(id));
  }

  #lease({ id, identity }: ClientCertificate): Lease {
    const release = () => {
      // Not that of another certificate that has been given its ID meanwhile.
      if (this.#leases.get(id) !== lease) return;
      this.#leases.delete(id);
      if (this.#dead.has(id)) this.#bury(id);
    };
    const lease: Lease = { id, identity, release };
    this.#leases.set(id, lease);
    return lease;
  }

  #bury(id: number): void {
    this.#store.remove(id);
    this.#dead.delete(id);
    this.#refused.delete(id);
    if (this.#taken === id) this.#taken = null;
  }
}
