import timers from 'node:timers/promises';
import {
  type AppInfo,
  type DetailedHost,
  type ErrorCode,
  MoonshareError,
  type PairingInfo,
  type UndetailedHost,
} from '@moonshare/contract';
import type { App, ClientIdentity, ServerInfo } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import type { EventLog } from '../events/event-log.ts';
import type { CertificateStore, ClientCertificate } from '../store/certificate-store.ts';
import type { HostRecord, HostStore } from '../store/host-store.ts';
import type { HostTraitsStore } from '../store/host-traits-store.ts';
import type { LaunchedAppStore } from '../store/launched-app-store.ts';
import { Cached } from './cached.ts';
import { CertificateCheck } from './certificate-check.ts';
import { CertificatePool, type Lease } from './certificate-pool.ts';
import { CertificateSupply } from './certificate-supply.ts';
import { detailed, type HostView, hostInfo, undetailed } from './describe.ts';
import type { GameStreamApi } from './gamestream-api.ts';
import { type EndApps, HostApps } from './host-apps.ts';
import { HostKind } from './host-kind.ts';
import { LaunchQueue, STREAM_SET_UP_LIMIT_MS } from './launch-queue.ts';
import { LaunchedApps } from './launched-apps.ts';
import { Pairing, type PairingProgress } from './pairing.ts';
import { Serial } from './serial.ts';
import { wake } from './wake.ts';

/** Front ends wait 6 s for an answer, protocol/4 §1, including the wait for earlier requests to the host. */
const ANSWER_LIMIT_MS = 5_500;
/** For one request to a host. A state takes up to two; adding a host waits for its state too. */
const POLL_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 4_000;
const INFO_AGE_MS = 2_000;
const APPS_AGE_MS = 1_000;
/** While we are streaming from a host, its apps are asked for this rarely, and its state never (protocol/5, Sunshine 19). */
const APPS_AGE_STREAMING_MS = 5_000;
const APP_POLL_MS = 1_000;
/** A pairing for a list of apps: its caller waits 6 s, and the next streamer will use its certificate. */
const PAIRING_LIMIT_MS = 4_000;

export interface HostServices {
  api: GameStreamApi;
  hosts: HostStore;
  certificates: CertificateStore;
  launchedApps: LaunchedAppStore;
  traits: HostTraitsStore;
  log: Logger;
  eventLog: Pick<EventLog, 'add'>;
  /** The PIN that hosts enter by themselves. */
  sharedPin: string | undefined;
  /** How long to wait for an app that the host does not list yet. */
  appWaitMs: number;
  /** Between a launch and the next launch after its cancel, on hosts that need it. */
  relaunchPauseMs: number;
  /** How long `/launch` may stay unanswered. */
  launchLimitMs: number;
  endApps: EndApps;
  /** For tests. */
  answerLimitMs?: number;
}

/** One GameStream host: its state, its pairings, and which of our streamers uses what on it. */
export class Host {
  /** Which streamer uses which app there, with a client certificate from `prepare`, and who ends it. */
  readonly appUses: HostApps;
  readonly #launches: LaunchQueue;
  readonly #kind: HostKind;
  readonly #launched: LaunchedApps;
  readonly #services: HostServices;
  readonly #pool: CertificatePool;
  readonly #check: CertificateCheck;
  readonly #supply: CertificateSupply;
  /** One at a time, since hosts serve HTTPS on a single thread. */
  readonly #requests = new Serial();
  readonly #info: Cached<ServerInfo>;
  /** Fetched with every certificate, so that their state is fresh too. */
  readonly #freshInfo: Cached<ServerInfo>;
  readonly #apps: Cached<App[]>;
  /** Apps that our streamers are running there. */
  readonly #streams = new Set<{ appId: number }>();
  #record: HostRecord;
  #lastPairing: Pick<PairingInfo, 'state' | 'since' | 'error'> = { state: 'none', since: null, error: null };

  constructor(record: HostRecord, services: HostServices) {
    this.#record = record;
    this.#services = services;
    const log = services.log.child({ host: record.id });
    this.#kind = new HostKind(services.traits.get(record.id), (traits) => {
      services.traits.save(record.id, traits);
      this.appUses.settle();
    });
    this.#launches = new LaunchQueue({
      launchMs: services.launchLimitMs + STREAM_SET_UP_LIMIT_MS,
      pauseMs: () => (this.#kind.needsRelaunchPause ? services.relaunchPauseMs : 0),
    });
    this.#launched = new LaunchedApps(services.launchedApps, record.id, log);
    this.#pool = new CertificatePool(services.certificates, record.id, this.#launched);
    this.#check = new CertificateCheck(this.#pool, (identity) =>
      this.#client(identity).pairedServerInfo({ timeoutMs: POLL_TIMEOUT_MS }),
    );
    this.#supply = new CertificateSupply(
      this.#pool,
      new Pairing({
        api: services.api,
        target: record,
        sharedPin: services.sharedPin,
        onProgress: (progress) => this.#onPairing(progress),
      }),
      (certificate, vouchedFor) => this.#pinPaired(certificate, vouchedFor),
    );
    this.appUses = new HostApps({
      launches: this.#launches,
      kind: this.#kind,
      launched: this.#launched,
      pool: this.#pool,
      check: this.#check,
      endApps: services.endApps,
      connect: (identity) => this.#client(identity),
      log,
    });
    this.#info = new Cached(() => this.#fetchInfo('ask'));
    this.#freshInfo = new Cached(async () => this.#info.set(await this.#fetchInfo('askWithEach')));
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

  /** Whether another streamer would find a client certificate, or get a new one. */
  get takesAnother(): boolean {
    return this.#supply.automatic || this.#pool.count.free > 0;
  }

  /** PEM. Throws HOST_NOT_PAIRED. */
  get certificate(): string {
    if (this.#record.certificate === null) throw new MoonshareError('HOST_NOT_PAIRED');
    return this.#record.certificate;
  }

  async undetailed(): Promise<UndetailedHost> {
    return undetailed(await this.#view(() => this.#info.get(INFO_AGE_MS)));
  }

  async detailed(options: { refresh?: boolean } = {}): Promise<DetailedHost> {
    return detailed(
      await this.#view(options.refresh ? () => this.#freshInfo.get(0) : () => this.#info.get(INFO_AGE_MS)),
    );
  }

  /**
   * Whether it is running another app for the client certificate that this client would get. false if that cannot be determined: the
   * start will show it.
   */
  async isBusyFor(options: { clientUniqueId: string; appId: number }): Promise<boolean> {
    const certificate = this.#pool.candidate(options);
    if (certificate === null) return false;
    try {
      const answer = await this.#ask((signal) => this.#infoFor(certificate, signal));
      return 'value' in answer && answer.value.currentGame !== 0 && answer.value.currentGame !== options.appId;
    } catch {
      return false;
    }
  }

  /** Pairs a host that enters the PIN by itself if necessary, even before the first streamer. Throws HOST_NOT_PAIRED and the errors of an unreachable host. */
  async apps(options: { refresh?: boolean } = {}): Promise<AppInfo[]> {
    const age = this.streaming ? APPS_AGE_STREAMING_MS : options.refresh ? 0 : APPS_AGE_MS;
    if (this.#isOccupied && this.#apps.last !== null) return this.#apps.last.map(appInfo);
    try {
      return (await this.#apps.get(age)).map(appInfo);
    } catch (error) {
      if (!this.#supply.automatic || codeOf(error) !== 'HOST_NOT_PAIRED') throw error;
      await this.#supply.oneMore(AbortSignal.timeout(PAIRING_LIMIT_MS));
      return (await this.#apps.get(0)).map(appInfo);
    }
  }

  async boxArt(appId: number): Promise<{ contentType: string; data: Buffer }> {
    return this.#ask((signal) =>
      this.#check.ask((identity) => this.#client(identity).boxArt(appId, { timeoutMs: QUERY_TIMEOUT_MS, signal })),
    );
  }

  async wake(): Promise<void> {
    const mac = this.#record.info?.mac;
    if (!mac) {
      throw new MoonshareError('HOST_UNSUPPORTED', {
        message: 'The MAC address of the host is not known',
        hint: 'Pair the host and open it once while it is on: hosts reveal the address to paired clients only.',
      });
    }
    await wake(mac, this.#record);
  }

  /**
   * Ends everything running there for us, and on a shared host whatever is running. false: something remains, because a
   * streamer uses it or the host refuses.
   */
  async cancel(): Promise<boolean> {
    try {
      return await this.#ask((signal) => this.appUses.cancelAll(signal));
    } finally {
      this.#info.forget();
    }
  }

  /**
   * Changes the bitrate of the running stream of this certificate, kbit/s; returns what the host has applied. Throws HOST_CANNOT,
   * HOST_REFUSED, HOST_NOT_PAIRED, and the errors of an unreachable host.
   */
  async setBitrate(lease: Lease, kbps: number): Promise<number> {
    const answer = await this.#ask((signal) =>
      this.#check.with(lease, (identity) =>
        this.#client(identity).setBitrate(kbps, { timeoutMs: QUERY_TIMEOUT_MS, signal }),
      ),
    );
    if ('refusal' in answer) throw answer.refusal;
    return answer.value;
  }

  /** What is known about the pairing, without asking the host. */
  get pairing(): PairingInfo {
    return { host_id: this.id, client_certificates: this.#pool.count, ...this.#lastPairing };
  }

  /** A pairing with a person: returns the PIN to show; `paired` settles once it has been entered on the host. */
  pair(signal: AbortSignal): { pin: string; paired: Promise<DetailedHost> } {
    const { pin, paired } = this.#supply.pair(signal);
    return { pin, paired: paired.then(() => this.detailed({ refresh: true })) };
  }

  /**
   * Everything that a streamer needs from its host before it starts: a client certificate that the host accepts, and the app.
   * Throws HOST_NOT_PAIRED, APP_NOT_FOUND, and the errors of an unreachable host.
   */
  async prepare(options: {
    clientUniqueId: string;
    appId: number;
    signal: AbortSignal;
  }): Promise<{ lease: Lease; app: AppInfo }> {
    const refused = new Set<number>();
    let paired: number | null = null;
    for (;;) {
      const lease = await this.#takeCertificate(options, refused);
      if (lease === null) {
        paired = await this.#supply.oneMore(options.signal);
        refused.delete(paired);
        continue;
      }
      const last = this.#apps.last?.find(({ id }) => id === options.appId);
      if (this.#isOccupied && last !== undefined) return { lease, app: appInfo(last) };
      try {
        const answer = await this.#check.with(lease, (identity) =>
          this.#findApp(options.appId, identity, options.signal),
        );
        if ('value' in answer) {
          await this.#requests.run(() => this.#check.settle(lease), options.signal);
          return { lease, app: answer.value };
        }
        // It claims to have paired it, but does not accept it.
        if (lease.id === paired) throw answer.refusal;
        refused.add(lease.id);
        lease.release();
      } catch (error) {
        // A host that is starting an app may not answer meanwhile: the launch will show whether it accepts the certificate.
        const app = this.#apps.last?.find(({ id }) => id === options.appId);
        if (this.streaming && isSilence(error) && app !== undefined) return { lease, app: appInfo(app) };
        lease.release();
        throw error;
      }
    }
  }

  /**
   * Forgets the client certificates and the host's own, so that only a new pairing brings it back. The host still lists
   * them: GameStream has no way to remove one (protocol/1 §5.5). Throws HOST_IN_USE while a streamer is running there.
   */
  unpair(): void {
    if (this.streaming) {
      throw new MoonshareError('HOST_IN_USE');
    }
    this.#pool.clear();
    this.#pin(null);
  }

  /** The host is being removed: a pairing that waits for its PIN is cancelled. */
  callOffPairing(): void {
    this.#supply.close();
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

  /** Something of ours is being started or ended there, and meanwhile it may not answer. */
  get #isOccupied(): boolean {
    return this.#launches.launching || this.appUses.endingAppId !== null;
  }

  /** null: none is available for this client and app. */
  async #takeCertificate(
    options: { clientUniqueId: string; appId: number; signal: AbortSignal },
    except: ReadonlySet<number>,
  ): Promise<Lease | null> {
    const { clientUniqueId, appId, signal } = options;
    const take = (any: boolean) => this.#pool.take({ clientUniqueId, appId, except, any });
    const lease = take(false);
    if (lease !== null) return lease;
    await this.#findEndedApps(signal);
    return take(false) ?? (this.#supply.automatic ? null : take(true));
  }

  /** Apps that were left running may have ended meanwhile, in which case their client certificates are free for others. */
  async #findEndedApps(signal: AbortSignal): Promise<void> {
    for (const certificate of this.#pool.left()) {
      const answer = await this.#requests
        .run(() => this.#infoFor(certificate, signal), signal)
        .catch((error) => (isSilence(error) ? null : { refusal: null }));
      // The next request would take as long.
      if (answer === null) return;
      const appId = this.#launched.of(certificate.id)?.appId;
      if ('value' in answer && answer.value.currentGame !== appId) this.#launched.remove(certificate.id);
    }
  }

  /** `vouchedFor`: by a person at the host, so a different certificate is a new installation and not a fraud. */
  #pinPaired(certificate: string, vouchedFor: boolean): void {
    const { certificate: before } = this.#record;
    if (before !== null && before !== certificate) {
      if (!vouchedFor) throw new MoonshareError('HOST_CERTIFICATE_CHANGED');
      this.#pool.clear();
    }
    this.#pin(certificate);
  }

  #onPairing(progress: PairingProgress): void {
    const error = progress.state === 'failed' ? progress.error.toBody() : null;
    this.#lastPairing = { state: progress.state, since: new Date().toISOString(), error };
    this.#services.eventLog.add({ type: 'host.pairing', host_id: this.id, state: progress.state, error });
  }

  #pin(certificate: string | null): void {
    if (certificate !== this.#record.certificate) this.#kind.forget();
    this.#services.hosts.saveCertificate(this.id, certificate);
    this.#record = { ...this.#record, certificate };
    this.#info.forget();
    this.#apps.forget();
  }

  async #findApp(appId: number, identity: ClientIdentity, signal: AbortSignal): Promise<AppInfo> {
    const deadline = performance.now() + this.#services.appWaitMs;
    const query = { signal, ...(this.streaming ? { timeoutMs: POLL_TIMEOUT_MS } : {}) };
    for (;;) {
      const apps = await this.#requests.run(() => this.#client(identity).appList(query), signal);
      const app = this.#apps.set(apps).find(({ id }) => id === appId);
      if (app !== undefined) return appInfo(app);
      if (performance.now() + APP_POLL_MS > deadline) throw new MoonshareError('APP_NOT_FOUND');
      await timers.setTimeout(APP_POLL_MS, undefined, { signal });
    }
  }

  async #view(ask: () => Promise<ServerInfo>): Promise<HostView> {
    const [stream] = this.#streams;
    const appId = stream?.appId ?? this.appUses.endingAppId;
    if (appId !== null) return this.#seen({ busy: true, currentGame: appId });
    try {
      return this.#seen(await ask());
    } catch {
      return this.#seen(null);
    }
  }

  #seen(online: HostView['online']): HostView {
    return { record: this.#record, paired: this.#pool.count.paired > 0, online };
  }

  async #fetchInfo(ask: 'ask' | 'askWithEach'): Promise<ServerInfo> {
    const info = await this.#ask((signal) => {
      const limits = { timeoutMs: POLL_TIMEOUT_MS, signal };
      return this.#check[ask]((identity) => this.#client(identity).pairedServerInfo(limits)).catch((error) => {
        // Whoever answers there accepts none of our certificates, but does identify itself.
        if (!['HOST_NOT_PAIRED', 'HOST_CERTIFICATE_CHANGED'].includes(codeOf(error))) throw error;
        return this.#client(null).serverInfo(limits);
      });
    }).then((answer) => this.#withAppsLeft(answer));
    const kept = hostInfo(info, this.#record.info);
    this.#services.hosts.saveInfo(this.id, kept);
    this.#record = { ...this.#record, info: kept };
    return info;
  }

  /** Where each client has its own app, an app left running with another certificate of ours makes the host busy too. */
  async #withAppsLeft(info: ServerInfo): Promise<ServerInfo> {
    if (info.currentGame !== 0 || this.#kind.sessions === 'shared') return info;
    for (const certificate of this.#pool.left()) {
      const answer = await this.#ask((signal) => this.#infoFor(certificate, signal));
      if ('value' in answer && answer.value.currentGame !== 0) return answer.value;
    }
    return info;
  }

  /** What the host says to this client certificate. */
  #infoFor(certificate: ClientCertificate, signal: AbortSignal) {
    const ask = (identity: ClientIdentity) =>
      this.#client(identity).pairedServerInfo({ timeoutMs: POLL_TIMEOUT_MS, signal });
    return this.#check.with(certificate, ask);
  }

  #fetchApps(): Promise<App[]> {
    return this.#ask((signal) =>
      this.#check.ask((identity) => this.#client(identity).appList({ timeoutMs: QUERY_TIMEOUT_MS, signal })),
    );
  }

  /** A request that a front end is waiting for, when it is its turn. Throws HOST_TIMEOUT. */
  async #ask<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#services.answerLimitMs ?? ANSWER_LIMIT_MS);
    try {
      return await this.#requests.run(() => request(signal), signal);
    } catch (cause) {
      if (cause !== signal.reason) throw cause;
      throw new MoonshareError('HOST_TIMEOUT', { message: `${this.address} did not answer in time`, cause });
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

function codeOf(error: unknown): ErrorCode {
  return MoonshareError.from(error).code;
}

function isSilence(error: unknown): boolean {
  return ['HOST_TIMEOUT', 'HOST_UNREACHABLE'].includes(codeOf(error));
}
