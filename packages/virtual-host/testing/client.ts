import { setTimeout as delay } from 'node:timers/promises';
import {
  type AccessUnit,
  type ClientIdentity,
  createClientIdentity,
  createSessionKeys,
  DEFAULT_STREAM_SETTINGS,
  GameStream,
  HostClient,
  pair,
  type StreamSettings,
} from '@moonshare/gamestream';
import type { SmallDesktopState } from '../admin/small-desktop-state.ts';
import type { HostState } from '../admin/state.ts';
import type { VirtualHost } from '../host.ts';

/** A busy machine needs seconds for what takes milliseconds. */
const GIVE_UP_MS = 20_000;

export const DESKTOP = 881448767;

export const SETTINGS: StreamSettings = {
  ...DEFAULT_STREAM_SETTINGS,
  width: 640,
  height: 360,
  bitrateKbps: 5000,
  encrypt: 'demanded',
};

/** The client that tests use, over real sockets. */
export class TestClient {
  readonly host: VirtualHost;
  readonly identity: ClientIdentity;
  readonly http: HostClient;
  /** The app that `stream` launches. */
  appId = DESKTOP;

  constructor(host: VirtualHost, identity: ClientIdentity, hostCertificate: string) {
    this.host = host;
    this.identity = identity;
    this.http = new HostClient({ address: '127.0.0.1', httpPort: host.httpPort, identity, hostCertificate });
  }

  /** A new client, paired with a host that answers with this PIN. */
  static async paired(host: VirtualHost, pin: string): Promise<TestClient> {
    const identity = await createClientIdentity();
    const { hostCertificate } = await pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin });
    return new TestClient(host, identity, hostCertificate);
  }

  /** Launches or resumes and opens the stream; `prepare` may add listeners. */
  async stream(
    verb: 'launch' | 'resume',
    change: Partial<StreamSettings> = {},
    prepare: (stream: GameStream) => void = () => {},
  ): Promise<GameStream> {
    const settings = { ...SETTINGS, ...change };
    const keys = createSessionKeys();
    const serverInfo = await this.http.serverInfo();
    const { sessionUrl } = await this.http[verb]({ appId: this.appId, settings, keys, gamepadMask: 0 });
    const stream = new GameStream({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo });
    stream.on('keyFrameNeeded', () => stream.requestIdr());
    prepare(stream);
    await stream.open();
    return stream;
  }
}

/** The next `count` access units. */
export function units(stream: GameStream, count: number): Promise<AccessUnit[]> {
  return collect(stream, 'video', count) as Promise<AccessUnit[]>;
}

/** The next `count` events of a stream, which have one argument. */
export function collect(stream: GameStream, event: 'video' | 'audio' | 'feedback', count: number): Promise<unknown[]> {
  return new Promise((resolve) => {
    const seen: unknown[] = [];
    const listener = (argument: unknown) => {
      seen.push(argument);
      if (seen.length < count) return;
      stream.off(event, listener);
      resolve(seen);
    };
    stream.on(event, listener);
  });
}

/** Calls the admin port; a string body is sent unchanged. */
export async function admin(
  host: { adminPort: number },
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(
    `http://127.0.0.1:${host.adminPort}${path}`,
    body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) },
  );
  return { status: response.status, body: await response.json() };
}

export async function smallDesktop(host: { adminPort: number }): Promise<SmallDesktopState> {
  return (await admin(host, '/desktop')).body as SmallDesktopState;
}

export async function hostState(host: { adminPort: number }): Promise<HostState> {
  return (await admin(host, '/state')).body as HostState;
}

/** Polls the state until it is as wanted, as no event tells when a message was handled. */
export function stateWhere(host: { adminPort: number }, wanted: (state: HostState) => boolean): Promise<HostState> {
  return pollUntil(() => hostState(host), wanted);
}

/** As `stateWhere`, of the small desktop. */
export function smallDesktopWhere(
  host: { adminPort: number },
  wanted: (state: SmallDesktopState) => boolean,
): Promise<SmallDesktopState> {
  return pollUntil(() => smallDesktop(host), wanted);
}

/** Polls less often the longer it takes. */
async function pollUntil<State>(read: () => Promise<State>, wanted: (state: State) => boolean): Promise<State> {
  const began = performance.now();
  for (;;) {
    const state = await read();
    if (wanted(state)) return state;
    const waited = performance.now() - began;
    if (waited > GIVE_UP_MS) throw new Error(`The state never came: ${JSON.stringify(state)}`);
    await delay(Math.min(5 + waited / 10, 100));
  }
}
