import { setTimeout as sleep } from 'node:timers/promises';
import {
  type App,
  type ClientIdentity,
  createClientIdentity,
  createSessionKeys,
  DEFAULT_STREAM_SETTINGS,
  GameStream,
  HostClient,
  pair,
  type StreamSettings,
} from '@moonshare/gamestream';
import {
  type ForkedVirtualHost,
  findFreeBasePort,
  forkVirtualHost,
  type VirtualHostOptions,
} from '@moonshare/virtual-host';

const PIN = '1234';
const POLL_MS = 50;
/** For all that a test waits for. */
const UNTIL_MS = 90_000;

export const SETTINGS: StreamSettings = {
  ...DEFAULT_STREAM_SETTINGS,
  width: 640,
  height: 360,
  fps: 30,
  bitrateKbps: 2_000,
};

/** What `GET /state` of the admin port answers, as far as tests read it. */
export interface HostState {
  app: unknown;
  sessions: { state: string; idrRequests: number; idrsSent: number; framesSent: number; datagramsDropped: number }[];
  heldKeys: number[];
  heldButtons: number[];
  text: string;
  wheel: { vertical: number; horizontal: number };
  gamepads: { number: number }[];
}

export type SeenInput = { kind: string } & Record<string, unknown>;

/** A virtual host in a process of its own, paired with one client. */
export class PairedHost {
  readonly address = '127.0.0.1';
  readonly identity: ClientIdentity;
  readonly certificate: string;
  readonly client: HostClient;
  readonly httpPort: number;
  app: App = { id: 0, title: '', hdr: false };
  readonly #options: VirtualHostOptions;
  #host: ForkedVirtualHost;

  private constructor(
    host: ForkedVirtualHost,
    identity: ClientIdentity,
    certificate: string,
    options: VirtualHostOptions,
  ) {
    this.#host = host;
    this.#options = options;
    this.identity = identity;
    this.certificate = certificate;
    this.httpPort = host.httpPort;
    const { address, httpPort } = this;
    this.client = new HostClient({ address, httpPort, identity, hostCertificate: certificate });
  }

  static async start(options: VirtualHostOptions = {}): Promise<PairedHost> {
    const all = { bind: '127.0.0.1', pin: PIN, basePort: await findFreeBasePort(), ...options };
    const host = await forkVirtualHost(all);
    const identity = await createClientIdentity();
    const { httpPort } = host;
    const { hostCertificate } = await pair({ address: '127.0.0.1', httpPort, identity, pin: PIN });
    const test = new PairedHost(host, identity, hostCertificate, all);
    const [app] = await test.client.appList();
    test.app = app!;
    return test;
  }

  /** A stream of the first app. It answers the need for key frames; nothing else is listened to. */
  async launch(settings: StreamSettings = SETTINGS): Promise<GameStream> {
    const serverInfo = await this.client.serverInfo();
    const keys = createSessionKeys();
    const request = { appId: this.app.id, settings, keys, gamepadMask: 0 };
    const verb = serverInfo.currentGame === this.app.id ? 'resume' : 'launch';
    const { sessionUrl } = await this.client[verb](request);
    const stream = new GameStream({ address: this.address, sessionUrl, keys, settings, serverInfo });
    stream.on('keyFrameNeeded', () => stream.requestIdr());
    return stream;
  }

  /** Pairs one more client. */
  async pairAnother(): Promise<ClientIdentity> {
    const identity = await createClientIdentity();
    await pair({ address: this.address, httpPort: this.httpPort, identity, pin: PIN });
    return identity;
  }

  state(): Promise<HostState> {
    return this.#admin('GET', '/state') as Promise<HostState>;
  }

  async input(...kinds: string[]): Promise<SeenInput[]> {
    const all = (await this.#admin('GET', '/input')) as SeenInput[];
    return all.filter(({ kind }) => kinds.includes(kind));
  }

  async drop(percent: number): Promise<void> {
    await this.#admin('POST', '/drop', { percent });
  }

  /** The current streams get no more video, while control and sound live. */
  async stopVideo(): Promise<void> {
    await this.#admin('POST', '/stop-video');
  }

  async endApp(): Promise<void> {
    await this.#admin('POST', '/end-app');
  }

  /** Dies without notice. */
  async kill(): Promise<void> {
    const { process } = this.#host;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    await this.#admin('POST', '/kill').catch(() => undefined);
    await gone;
  }

  /** Starts the same host again after `kill`; it remembers clients only with a `stateDir`. */
  async restart(): Promise<void> {
    this.#host = await forkVirtualHost(this.#options);
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  async #admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#host.adminPort}${path}`;
    const response = await fetch(url, body === undefined ? { method } : { method, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

/** Asks until the answer is as wanted; gives up with the last one on a machine that is more than busy. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const late = AbortSignal.timeout(UNTIL_MS);
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (late.aborted) throw new Error(`still ${JSON.stringify(answer)}`);
    await sleep(POLL_MS);
  }
}
