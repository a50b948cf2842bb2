import { randomUUID } from 'node:crypto';
import {
  type App,
  type ClientIdentity,
  ClientRefusedError,
  GameStreamError,
  type GameStreamErrorCode,
  type HostClientOptions,
  type ServerInfo,
} from '@moonshare/gamestream';
import type { GameStreamApi } from '../hosts/gamestream-api.ts';

/** A host that behaves as the test sets it, for what real hosts only do when they misbehave. */
export class FakeHost {
  certificate = `certificate of ${randomUUID()}`;
  /** The name it reports; null: derived from its address. */
  name: string | null = null;
  apps: App[] = [
    { id: 1, title: 'Desktop', hdr: false },
    { id: 2, title: 'Refuses', hdr: false },
    { id: 3, title: 'Crashes', hdr: false },
    { id: 4, title: 'Hangs', hdr: false },
    { id: 5, title: 'Crashes again', hdr: false },
    { id: 6, title: 'Ends when watched', hdr: false },
    { id: 7, title: 'Starts when watched', hdr: false },
    { id: 8, title: 'Launches when stopped', hdr: false },
    { id: 9, title: 'Connects nobody', hdr: false },
    { id: 10, title: 'Never launches', hdr: false },
    { id: 11, title: 'Binds its port', hdr: false },
  ];
  online = true;
  /** Accepts requests and answers none. */
  hangs = false;
  /** The error that every request fails with. */
  failure: GameStreamErrorCode | null = null;
  /** An app’s picture, or the code of an error instead. Wolf has no pictures. */
  picture: Buffer | GameStreamErrorCode = Buffer.from('picture');
  /** The bitrate of the stream of each client certificate, kbit/s; null: it cannot be changed, as on most hosts. */
  bitrates: Map<string, number> | null = null;
  /** Higher ones are lowered to this. */
  maxBitrate = Number.POSITIVE_INFINITY;
  /** Holds back the answer to a change of the bitrate. */
  changing: Promise<unknown> | null = null;
  /** Refuses everyone, like a host that has not read its list of clients yet. */
  starting = false;
  currentGame = 0;
  mac: string | null = null;
  /** By client certificate, on hosts where each client has a separate app; null: `currentGame` applies to all. */
  games: Map<string, number> | null = null;
  /** The PIN entered on the host; null: none yet. */
  pin: string | null = null;
  /** Client certificates, one entry per pairing. */
  readonly clients: string[] = [];
  readonly requests: string[] = [];
  /** Called before each request that requires pairing. */
  onRequest: (() => void) | null = null;
  #waitingForPin: (() => void)[] = [];

  typePin(pin: string): void {
    this.pin = pin;
    for (const waiting of this.#waitingForPin.splice(0)) waiting();
  }

  async typedPin(signal: AbortSignal | undefined): Promise<string> {
    if (this.pin === null) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#waitingForPin.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      await promise;
    }
    return this.pin!;
  }
}

/** Hosts by address, behind the same interface as real ones. */
export class FakeHosts implements GameStreamApi {
  readonly #hosts = new Map<string, FakeHost>();

  add(address: string): FakeHost {
    const host = new FakeHost();
    this.#hosts.set(address, host);
    return host;
  }

  connect(options: HostClientOptions): ReturnType<GameStreamApi['connect']> {
    const ask = (what: string, secure: boolean): FakeHost => {
      const host = this.#reach(options.address);
      host.requests.push(what);
      if (!secure) return host;
      host.onRequest?.();
      if (options.hostCertificate !== undefined && options.hostCertificate !== host.certificate) {
        throw new GameStreamError('HOST_CERTIFICATE_CHANGED', 'not the pinned certificate');
      }
      if (!isPaired(host)) throw new ClientRefusedError('unknown client');
      return host;
    };
    const isPaired = (host: FakeHost) =>
      !host.starting &&
      options.identity !== undefined &&
      options.hostCertificate === host.certificate &&
      host.clients.includes(options.identity.certificate);
    const gameOf = (host: FakeHost) =>
      host.games === null ? host.currentGame : (host.games.get(options.identity?.certificate ?? '') ?? 0);
    const silence = async ({ signal }: { signal?: AbortSignal } = {}): Promise<void> => {
      if (this.#hosts.get(options.address)?.hangs !== true) return;
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };
    const infoOf = (host: FakeHost): ServerInfo => ({
      hostname: host.name ?? `name of ${options.address}`,
      appVersion: { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true },
      gfeVersion: '3.23.0.74',
      uniqueId: 'ID',
      httpsPort: 47_984,
      externalPort: 47_989,
      mac: host.mac,
      localIp: '10.0.0.1',
      maxLumaPixelsHevc: 0,
      codecModeSupport: 1,
      paired: isPaired(host),
      currentGame: gameOf(host),
      state: gameOf(host) === 0 ? 'SUNSHINE_SERVER_FREE' : 'SUNSHINE_SERVER_BUSY',
      busy: gameOf(host) !== 0,
    });
    return {
      serverInfo: async (query) => {
        const host = ask('serverinfo', false);
        await silence(query);
        return infoOf(host);
      },
      pairedServerInfo: async (query) => {
        const host = ask('serverinfo', true);
        await silence(query);
        return infoOf(host);
      },
      appList: async (query) => {
        const { apps } = ask('applist', true);
        await silence(query);
        return structuredClone(apps);
      },
      boxArt: async (_appId, query) => {
        const { picture } = ask('appasset', true);
        await silence(query);
        if (typeof picture === 'string') throw new GameStreamError(picture, 'no picture');
        return { contentType: 'image/png', data: picture };
      },
      setBitrate: async (kbps, query) => {
        const { bitrates, maxBitrate, changing } = ask('bitrate', true);
        await silence(query);
        await changing;
        if (bitrates === null) throw new GameStreamError('HOST_CANNOT', 'it cannot do that');
        const applied = Math.min(kbps, maxBitrate);
        bitrates.set(options.identity?.certificate ?? '', applied);
        return applied;
      },
      cancel: async (query) => {
        await silence(query);
        const host = ask('cancel', true);
        if (host.games === null) host.currentGame = 0;
        else host.games.delete(options.identity?.certificate ?? '');
      },
    };
  }

  async pair(options: Parameters<GameStreamApi['pair']>[0]): Promise<{ hostCertificate: string }> {
    const host = this.#reach(options.address);
    host.requests.push('pair');
    if ((await host.typedPin(options.signal)) !== options.pin) {
      throw new GameStreamError('PAIRING_WRONG_PIN', 'Wrong PIN');
    }
    host.clients.push(options.identity.certificate);
    return { hostCertificate: host.certificate };
  }

  async createClientIdentity(): Promise<ClientIdentity> {
    return { certificate: `client ${randomUUID()}`, privateKey: 'key' };
  }

  #reach(address: string): FakeHost {
    const host = this.#hosts.get(address);
    if (host?.online !== true) throw new GameStreamError('HOST_UNREACHABLE', 'no connection');
    if (host.failure !== null) throw new GameStreamError(host.failure, `fails with ${host.failure}`);
    return host;
  }
}
