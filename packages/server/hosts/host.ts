import timers from 'node:timers/promises';
import { type AppInfo, type DetailedHost, MoonshareError, type UndetailedHost } from '@moonshare/contract';
import type { App, ClientIdentity, ServerInfo } from '@moonshare/gamestream';
import type { CertificateStore, HostRecord, HostStore } from '../store/index.ts';
import { Cached } from './cached.ts';
import { CertificatePool, type Lease } from './certificate-pool.ts';
import { detailed, type HostView, hostInfo, undetailed } from './describe.ts';
import type { GameStreamApi } from './gamestream-api.ts';
import { LaunchQueue } from './launch-queue.ts';
import { Pairing } from './pairing.ts';
import { Serial } from './serial.ts';
import { wake } from './wake.ts';

/** Front ends wait 6 s for an answer, protocol/4 §1: the turn at the host included, whoever asks it at the same time. */
const ANSWER_LIMIT_MS = 5_500;
/** Of one request to a host. A state is asked for with up to two; who adds a host then waits for its state too. */
const POLL_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 4_000;
const INFO_AGE_MS = 2_000;
const APPS_AGE_MS = 1_000;
/** While a stream of ours runs, a host is asked for its apps this seldom, and for its state never (protocol/5, Sunshine 19). */
const APPS_AGE_STREAMING_MS = 5_000;
const APP_POLL_MS = 1_000;
/** A pairing for a list of apps: its caller waits 6 s, and its certificate is the next streamer's. */
const FIRST_PAIRING_LIMIT_MS = 4_000;
const FIRST_CLIENT = 'app list';

export interface HostServices {
  api: GameStreamApi;
  hosts: HostStore;
  certificates: CertificateStore;
  /** The PIN that hosts type by themselves. */
  sharedPin: string | undefined;
  /** How long an app that the host does not list yet is waited for. */
  appWaitMs: number;
  /** Between a launch and the launch after its cancel. */
  relaunchPauseMs: number;
  /** For tests. */
  answerLimitMs?: number;
}

/** One GameStream host: what it says of itself, its pairings, and whose turn it is to launch. */
export class Host {
  readonly launches: LaunchQueue;
  readonly #services: HostServices;
  readonly #pool: CertificatePool;
  readonly #pairing: Pairing;
  /** Hosts serve HTTPS on one thread. */
  readonly #requests = new Serial();
  readonly #info: Cached<ServerInfo>;
  readonly #apps: Cached<App[]>;
  /** Apps that streamers of ours run there. */
  readonly #streams = new Set<{ appId: number }>();
  #record: HostRecord;
  #firstPairing: Promise<void> | null = null;

  constructor(record: HostRecord, services: HostServices) {
    this.#record = record;
    this.#services = services;
    this.launches = new LaunchQueue({ pauseMs: services.relaunchPauseMs });
    this.#pool = new CertificatePool(services.certificates, record.id);
    this.#pairing = new Pairing(services.api, record, services.sharedPin);
    this.#info = new Cached(() => this.#fetchInfo());
    this.#apps = new Cached(() => this.#fetchApps());
  }

  get id(): number {
    return this.#record.id;
  }

  get address(): string {
    return this.#record.address;
  }

  get httpPort(): number {
    return this.#record.httpPort;
  }

  get streaming(): boolean {
    return this.#streams.size > 0;
  }

  /** Another streamer would find a client certificate, or get a new one. */
  get takesAnother(): boolean {
    return this.#pairing.automatic || this.#pool.hasFree;
  }

  /** PEM. Throws HOST_NOT_PAIRED. */
  get certificate(): string {
    if (this.#record.certificate === null) throw new MoonshareError('HOST_NOT_PAIRED');
    return this.#record.certificate;
  }

  async undetailed(): Promise<UndetailedHost> {
    return undetailed(await this.#view(INFO_AGE_MS));
  }

  async detailed(options: { refresh?: boolean } = {}): Promise<DetailedHost> {
    return detailed(await this.#view(options.refresh ? 0 : INFO_AGE_MS));
  }

  /** Of a host that types the PIN by itself also before the first streamer. Throws HOST_NOT_PAIRED and the errors of an unreachable host. */
  async apps(options: { refresh?: boolean } = {}): Promise<AppInfo[]> {
    if (this.#pool.size === 0 && this.#pairing.automatic) await this.#pairFirst();
    const age = this.streaming ? APPS_AGE_STREAMING_MS : options.refresh ? 0 : APPS_AGE_MS;
    return (await this.#apps.get(age)).map(appInfo);
  }

  async boxArt(appId: number): Promise<{ contentType: string; data: Buffer }> {
    return this.#ask((signal) => this.#client(this.#pool.any()).boxArt(appId, { timeoutMs: QUERY_TIMEOUT_MS, signal }));
  }

  async wake(): Promise<void> {
    const mac = this.#record.info?.mac;
    if (!mac) {
      throw new MoonshareError('HOST_UNSUPPORTED', {
        message: 'The host has not told its MAC address',
        hint: 'Pair it and look at it once while it is on: hosts tell the address to paired clients only.',
      });
    }
    await wake(mac, this.#record);
  }

  /** Ends the app that runs there; refused while a streamer of ours lives on it. */
  async cancel(): Promise<boolean> {
    if (this.streaming) return false;
    const slot = await this.launches.acquire('cancel', AbortSignal.timeout(POLL_TIMEOUT_MS));
    try {
      await this.#requests.run(() => this.#cancelForAll());
      return true;
    } catch (error) {
      if (MoonshareError.from(error).code === 'HOST_REFUSED') return false;
      throw error;
    } finally {
      slot.release();
      this.#info.forget();
    }
  }

  /** Ends `appId` if it still runs there after its streamer died with the session open. */
  async cancelAbandoned(appId: number, identity: ClientIdentity, signal: AbortSignal): Promise<void> {
    const client = this.#client(identity);
    const { currentGame } = await client.serverInfo({ timeoutMs: POLL_TIMEOUT_MS, signal });
    if (currentGame === appId) await client.cancel({ signal });
  }

  /** A pairing with a person: shows a PIN first; `paired` settles when it was typed at the host. */
  pair(signal: AbortSignal): { pin: string; paired: Promise<DetailedHost> } {
    const { pin, outcome } = this.#pairing.begin(signal);
    const paired = outcome.then(async ({ identity, hostCertificate }) => {
      // A person at the host has vouched for it, so another certificate than before is a new installation, not a fraud.
      if (this.#record.certificate !== null && this.#record.certificate !== hostCertificate) this.#pool.clear();
      this.#pin(hostCertificate);
      this.#pool.add(identity);
      return this.detailed({ refresh: true });
    });
    return { pin, paired };
  }

  /**
   * All that a streamer needs of its host before it starts: a client certificate that the host accepts, and the app.
   * Throws HOST_NOT_PAIRED, APP_NOT_FOUND, and the errors of an unreachable host.
   */
  async prepare(o: {
    clientUniqueId: string;
    appId: number;
    signal: AbortSignal;
  }): Promise<{ lease: Lease; app: AppInfo }> {
    const refused = new Set<number>();
    for (;;) {
      const lease = this.#pool.take(o.clientUniqueId, refused) ?? (await this.#pairNew(o.clientUniqueId, o.signal));
      try {
        return { lease, app: await this.#askForApp(o.appId, lease.identity, o.signal) };
      } catch (error) {
        lease.release();
        if (this.#pairing.automatic || !isNotPaired(error)) throw error;
        refused.add(lease.id);
      }
    }
  }

  /**
   * Forgets the client certificates and the host's own, so that only a new pairing brings it back. The host still lists
   * them: GameStream has no way to take one off (protocol/1 §5.5). Throws HOST_IN_USE while a streamer runs there.
   */
  unpair(): void {
    if (this.streaming) {
      throw new MoonshareError('HOST_IN_USE');
    }
    this.#pool.clear();
    this.#pin(null);
  }

  /** A streamer runs `appId` there until the returned function is called. */
  streamStarted(appId: number): () => void {
    const stream = { appId };
    this.#streams.add(stream);
    return () => {
      this.#streams.delete(stream);
      this.#info.forget();
    };
  }

  async #pairNew(clientUniqueId: string, signal: AbortSignal): Promise<Lease> {
    if (!this.#pairing.automatic) {
      const { size } = this.#pool;
      throw new MoonshareError('HOST_NOT_PAIRED', {
        hint:
          size === 0
            ? undefined
            : `None of its ${size} client certificates is free and accepted by the host: pair it once more (POST /api/pair) for one more streamer, or set MOONLIGHT_INTERNAL_PAIRING_PIN on both sides.`,
      });
    }
    const { identity, hostCertificate } = await this.#pairing.automatically(null, signal);
    this.#pinAutomatically(hostCertificate);
    return this.#pool.addAndTake(identity, clientUniqueId);
  }

  /** Once for all who ask at the same time. */
  #pairFirst(): Promise<void> {
    this.#firstPairing ??= this.#pairNew(FIRST_CLIENT, AbortSignal.timeout(FIRST_PAIRING_LIMIT_MS))
      .then((lease) => lease.release())
      .finally(() => {
        this.#firstPairing = null;
      });
    return this.#firstPairing;
  }

  /** A host that lost its list of clients is told the same certificate again, if it types the PIN by itself. */
  async #askForApp(appId: number, identity: ClientIdentity, signal: AbortSignal): Promise<AppInfo> {
    try {
      return await this.#findApp(appId, identity, signal);
    } catch (error) {
      if (!this.#pairing.automatic || !isNotPaired(error)) throw error;
      const { hostCertificate } = await this.#pairing.automatically(identity, signal);
      this.#pinAutomatically(hostCertificate);
      return this.#findApp(appId, identity, signal);
    }
  }

  #pinAutomatically(hostCertificate: string): void {
    if (this.#record.certificate !== null && this.#record.certificate !== hostCertificate) {
      throw new MoonshareError('HOST_CERTIFICATE_CHANGED');
    }
    this.#pin(hostCertificate);
  }

  #pin(certificate: string | null): void {
    this.#services.hosts.saveCertificate(this.id, certificate);
    this.#record = { ...this.#record, certificate };
    this.#info.forget();
    this.#apps.forget();
  }

  async #findApp(appId: number, identity: ClientIdentity, signal: AbortSignal): Promise<AppInfo> {
    const known = this.streaming ? this.#apps.last?.find(({ id }) => id === appId) : undefined;
    if (known !== undefined) return appInfo(known);
    const deadline = performance.now() + this.#services.appWaitMs;
    for (;;) {
      const apps = await this.#requests.run(() => this.#client(identity).appList({ signal }), signal);
      const app = this.#apps.set(apps).find(({ id }) => id === appId);
      if (app !== undefined) return appInfo(app);
      if (performance.now() + APP_POLL_MS > deadline) throw new MoonshareError('APP_NOT_FOUND');
      await timers.setTimeout(APP_POLL_MS, undefined, { signal });
    }
  }

  async #view(maxAgeMs: number): Promise<HostView> {
    const paired = this.#record.certificate !== null && this.#pool.size > 0;
    const [stream] = this.#streams;
    if (stream !== undefined) return this.#seen(paired, { busy: true, currentGame: stream.appId });
    try {
      const info = await this.#info.get(maxAgeMs);
      return this.#seen(paired && info.paired, info);
    } catch {
      return this.#seen(paired, null);
    }
  }

  #seen(paired: boolean, online: HostView['online']): HostView {
    return { record: this.#record, paired, online };
  }

  /** On Sunshine any client ends the app, on Wolf only the one that launched it: each is tried until the host is free. */
  async #cancelForAll(): Promise<void> {
    const clients = (this.#pool.size === 0 ? [null] : this.#pool.all()).map((identity) => this.#client(identity));
    for (const [index, client] of clients.entries()) {
      await client.cancel();
      if (index === clients.length - 1) return;
      const { currentGame } = await client.serverInfo({ timeoutMs: POLL_TIMEOUT_MS });
      if (currentGame === 0) return;
    }
  }

  async #fetchInfo(): Promise<ServerInfo> {
    const info = await this.#ask((signal) =>
      this.#client(this.#pool.any()).serverInfo({ timeoutMs: POLL_TIMEOUT_MS, signal }),
    );
    const kept = hostInfo(info, this.#record.info);
    this.#services.hosts.saveInfo(this.id, kept);
    this.#record = { ...this.#record, info: kept };
    return info;
  }

  #fetchApps(): Promise<App[]> {
    return this.#ask((signal) => this.#client(this.#pool.any()).appList({ timeoutMs: QUERY_TIMEOUT_MS, signal }));
  }

  /** What a front end waits for, when it is its turn. Throws HOST_TIMEOUT. */
  async #ask<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#services.answerLimitMs ?? ANSWER_LIMIT_MS);
    try {
      return await this.#requests.run(() => request(signal), signal);
    } catch (cause) {
      if (cause !== signal.reason) throw cause;
      throw new MoonshareError('HOST_TIMEOUT', { message: `${this.address} gave no answer in time`, cause });
    }
  }

  #client(identity: ClientIdentity | null): ReturnType<GameStreamApi['connect']> {
    const { address, httpPort, certificate } = this.#record;
    const pairing = identity === null || certificate === null ? {} : { identity, hostCertificate: certificate };
    return this.#services.api.connect({ address, httpPort, ...pairing });
  }
}

function appInfo({ id, title, hdr }: App): AppInfo {
  return { app_id: id, title, is_hdr_supported: hdr };
}

function isNotPaired(error: unknown): boolean {
  return MoonshareError.from(error).code === 'HOST_NOT_PAIRED';
}
