import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { type Logger, pino } from 'pino';
import { WebSocket } from 'ws';
import { loadConfig } from '../config/load.ts';
import type { GameStreamApi } from '../hosts/gamestream-api.ts';
import { MoonshareServer, type ServerOptions } from '../server.ts';
import { assertDocumented } from './documented.ts';
import { FakeHosts } from './fake-hosts.ts';
import { FakeWorker } from './fake-worker.ts';

/** Cheap: tests that are not about passwords should not wait for hashes. */
export const PASSWORD_COST = 2 ** 4;

export const CREDENTIALS = 'the-shared-credentials';

export interface TestServer {
  server: MoonshareServer;
  hosts: FakeHosts;
  url: string;
  /** A request with the credentials; JSON in both directions. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The peer socket of a streamer, with its messages in order. */
  peer(path: string, headers?: Record<string, string>): TestPeer;
  /** The messages that fake streamers received, oldest first. */
  sentToWorkers(type: string): Record<string, unknown>[];
  /** The fake streamers in this process, oldest first. */
  workers: readonly FakeWorker[];
  /** The process IDs of forked fake streamers, oldest first. */
  pids(): number[];
}

export type TestServerOptions = Pick<
  ServerOptions,
  | 'appWaitMs'
  | 'startLimitMs'
  | 'connectLimitMs'
  | 'restartDelaysMs'
  | 'orphanLimitMs'
  | 'limits'
  | 'tlsPollMs'
  | 'webhookRetryMs'
> & {
  /** The hosts of a previous server. */
  hosts?: FakeHosts;
  /** Instead of fake hosts. */
  api?: GameStreamApi;
  /** Runs fake streamers as processes, for tests that are about processes. */
  forked?: boolean;
  /** Called with each log line, at info and above. */
  logged?: (line: LogLine) => void;
};

/** A log line as the real server writes it. */
export interface LogLine {
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests know their types.
  fields: any;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests know their types.
  body: any;
  headers: Headers;
}

/** A server on a free port with a new database, fake hosts and fake streamers. */
export async function startTestServer(
  context: TestContext,
  environment: Record<string, string> = {},
  options: TestServerOptions = {},
): Promise<TestServer> {
  const data = environment.MOONSHARE_DATA ?? mkdtempSync(join(tmpdir(), 'moonshare-server-'));
  const log = join(data, 'fake-streamers.log');
  process.env.FAKE_STREAMER_LOG = log;
  const { hosts = new FakeHosts(), api = hosts, forked = false, logged, ...timing } = options;
  const workers: FakeWorker[] = [];
  const startWorker = () => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker;
  };
  const from = 20_000 + Math.floor(Math.random() * 12_000);
  const config = loadConfig({
    PORT: '0',
    MOONSHARE_DATA: data,
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_UDP_PORTS: `${from}-${from + 50}`,
    ...environment,
  });
  const server = await MoonshareServer.start({
    config: { ...config, credentials: CREDENTIALS },
    log: logged === undefined ? pino({ level: process.env.TEST_LOG ?? 'silent' }) : logTo(logged),
    api,
    streamerEntry: new URL('./fake-streamer-process.ts', import.meta.url),
    ...(forked ? {} : { startWorker }),
    appWaitMs: 0,
    relaunchPauseMs: 0,
    passwordCost: PASSWORD_COST,
    ...timing,
  });
  context.after(async () => {
    await server.close();
    rmSync(data, { recursive: true, force: true });
  });
  const entries = (): { pid: number; message: Record<string, unknown> }[] =>
    // The last line may be incomplete.
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : [];
  return {
    server,
    hosts,
    url: server.url,
    call: (method, path, body, headers = {}) => call(server.url + path, method, body, headers),
    peer: (path, headers = {}) => new TestPeer(server.url.replace('http', 'ws') + path, headers),
    sentToWorkers: (type) =>
      [...entries().map(({ message }) => message), ...workers.flatMap(({ received }) => received)].filter(
        (message) => message.type === type,
      ),
    workers,
    pids: () => [...new Set(entries().map(({ pid }) => pid))],
  };
}

function logTo(logged: (line: LogLine) => void): Logger {
  const write = (text: string) => logged({ text, fields: JSON.parse(text) });
  return pino({ level: 'info', base: null }, { write });
}

export async function call(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${CREDENTIALS}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
  assertDocumented(method, url, answer);
  return answer;
}

/** `POST /api/pair`, line by line. */
export async function* pairChunks(url: string, hostId: number): AsyncGenerator<unknown> {
  const headers = { authorization: `Bearer ${CREDENTIALS}`, 'content-type': 'application/json' };
  const sent = request(`${url}/api/pair`, { method: 'POST', headers });
  sent.end(JSON.stringify({ host_id: hostId }));
  const response = await new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
  for await (const line of createInterface(response)) yield JSON.parse(line);
}

/** The browser’s end of a peer socket. */
export class TestPeer {
  readonly socket: WebSocket;
  readonly messages: unknown[] = [];
  readonly opened: Promise<void>;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The answer that refused the upgrade. */
  readonly refused: Promise<{ status: number; body: unknown }>;
  #waiting: (() => void)[] = [];
  /** How it ended. */
  #over: string | null = null;

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url, { headers });
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    const refused = Promise.withResolvers<{ status: number; body: unknown }>();
    this.opened = opened.promise;
    this.closed = closed.promise;
    this.refused = refused.promise;
    this.socket.on('open', () => opened.resolve());
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()));
      for (const waiting of this.#waiting.splice(0)) waiting();
    });
    this.socket.on('close', (code, reason) => {
      closed.resolve({ code, reason: reason.toString() });
      this.#end(`closed with ${code} ${reason}`);
    });
    this.socket.on('error', () => {});
    this.socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => refused.resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      this.#end(`refused with ${response.statusCode}`);
    });
  }

  /** The first message, past or future, for which `holds` is true. Throws if the socket ends before. */
  async message<T = unknown>(holds: (message: T) => boolean): Promise<T> {
    for (;;) {
      const found = this.messages.find((message) => holds(message as T));
      if (found !== undefined) return found as T;
      if (this.#over !== null) throw new Error(`The socket was ${this.#over} before the message: ${holds}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  #end(how: string): void {
    this.#over ??= how;
    for (const waiting of this.#waiting.splice(0)) waiting();
  }
}

/** The request of the only known platform, protocol/4 §2. */
export function streamerRequest(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    streamer_id: id,
    client_unique_id: `helix-${id}`,
    host_id: 0,
    app_id: 1,
    bitrate: 20_000,
    packet_size: 1024,
    fps: 60,
    width: 1920,
    height: 1080,
    video_sample_queue_size: 10,
    play_audio_local: false,
    audio_sample_queue_size: 10,
    video_supported_formats: 1,
    video_colorspace: 'Rec709',
    video_color_range_full: false,
    ...changes,
  };
}
