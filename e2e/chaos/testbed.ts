import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Api } from '../harness/api.ts';
import { type Command, run, streamers } from '../harness/processes.ts';
import { environment } from '../harness/stack.ts';
import { poll, TestHost } from '../harness/virtual-host.ts';
import { now } from './clock.ts';
import { STREAM } from './stream.ts';

/** Sessions whose loss the host has not noticed yet still take a place for a while. */
const SESSIONS = 48;
const SERVE = ['packages/server/cli/moonshare.ts', 'serve'];

/** A server and a host, each in its own process and on the same ports and data over all restarts, and the streamers that they run. */
export class Testbed {
  readonly host: TestHost;
  readonly api: Api;
  readonly appId: number;
  readonly udpPorts: { from: number; to: number };
  /** Every streamer process ever seen: process id and start time. */
  readonly #seen = new Set<string>();
  readonly #environment: Record<string, string>;
  readonly #directory: string;
  readonly #log: string | null;
  #server: Command;

  private constructor(parts: {
    host: TestHost;
    server: Command;
    url: string;
    appId: number;
    environment: Record<string, string>;
    directory: string;
    log: string | null;
  }) {
    this.host = parts.host;
    this.api = new Api(parts.url);
    this.appId = parts.appId;
    this.#server = parts.server;
    this.#environment = { ...parts.environment, PORT: new URL(parts.url).port };
    const [from, to] = this.#environment.MOONSHARE_UDP_PORTS!.split('-').map(Number);
    this.udpPorts = { from: from!, to: to! };
    this.#directory = parts.directory;
    this.#log = parts.log;
  }

  /** `log`: a file for the logs of server and streamers. */
  static async start(log: string | null): Promise<Testbed> {
    const directory = await mkdtemp(join(tmpdir(), 'moonshare-chaos-'));
    for (const part of ['host', 'data', 'tmp']) await mkdir(join(directory, part), { mode: 0o700 });
    const host = await TestHost.start({ stateDir: join(directory, 'host'), sessions: SESSIONS, maxFps: STREAM.fps });
    const env = {
      ...environment(host, join(directory, 'data')),
      TMPDIR: join(directory, 'tmp'),
      NODE_OPTIONS: `--import=${new URL('./collect-garbage.ts', import.meta.url)}`,
      ...(log === null ? {} : { MOONSHARE_LOG_LEVEL: 'info' }),
    };
    const server = serve(env, log);
    try {
      const url = await urlOf(server);
      const api = new Api(url);
      await api.pair();
      const { apps } = await api.call<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
      return new Testbed({ host, server, url, appId: apps[0]!.app_id, environment: env, directory, log });
    } catch (error) {
      server.process.kill('SIGTERM');
      await host.close();
      throw error;
    }
  }

  get serverPid(): number {
    return this.#server.process.pid!;
  }

  get streamersSeen(): number {
    return this.#seen.size;
  }

  get port(): number {
    return Number(this.#environment.PORT);
  }

  async streamerPids(): Promise<number[]> {
    const ours = (await streamers()).filter(({ parent }) => parent === this.serverPid);
    for (const { pid, started } of ours) this.#seen.add(`${pid} ${started}`);
    return ours.map(({ pid }) => pid);
  }

  /** The process of one streamer, according to the server; null while it has none. */
  async pidOf(streamerId: string): Promise<number | null> {
    const detail = await this.api.call<{ statistics: { process: { pid: number } } | null }>(
      'GET',
      `/api/streamers/${streamerId}`,
    );
    return detail.statistics?.process.pid ?? null;
  }

  /** Resident bytes of one streamer's process, as reported; 0 while it has none. */
  async memoryOf(streamerId: string): Promise<number> {
    const detail = await this.api.call<{ statistics: { process: { memory_bytes: number } } | null }>(
      'GET',
      `/api/streamers/${streamerId}`,
    );
    return detail.statistics?.process.memory_bytes ?? 0;
  }

  /** `kill -9`; nothing starts the next one. */
  async killServer(): Promise<void> {
    await this.streamerPids();
    this.#server.process.kill('SIGKILL');
    await this.#server.exited;
  }

  /** `SIGTERM`: everything ends in order. Returns the exit code. */
  async endServer(): Promise<number | null> {
    await this.streamerPids();
    this.#server.process.kill('SIGTERM');
    await this.#server.exited;
    return this.#server.process.exitCode;
  }

  async startServer(): Promise<void> {
    this.#server = serve(this.#environment, this.#log);
    await urlOf(this.#server);
  }

  /** Starts a second server on the same data, which ends at once; returns what it printed to stderr. */
  async tryAnotherServer(): Promise<string> {
    const other = run(process.execPath, SERVE, { ...this.#environment, PORT: '0', MOONSHARE_LOG_LEVEL: 'silent' });
    await other.exited;
    return other.stderr();
  }

  signalServer(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#server.process.kill(signal);
  }

  /** Streamer processes that run but belong to no current server. */
  async orphans(): Promise<number[]> {
    const ours = new Set(await this.streamerPids());
    return (await this.livingStreamers()).filter((pid) => !ours.has(pid));
  }

  /** Living processes of all those ever seen. */
  async livingStreamers(): Promise<number[]> {
    const running = (await streamers()).filter(({ pid, started }) => this.#seen.has(`${pid} ${started}`));
    return running.map(({ pid }) => pid);
  }

  /** Milliseconds until every streamer of the killed server had ended by itself. */
  async streamersEnd(): Promise<number> {
    const from = now();
    await poll(
      'the streamers of the killed server to end',
      () => this.livingStreamers(),
      (pids) => pids.length === 0,
    );
    return now() - from;
  }

  /** Files left in the directory for temporary ones. */
  async temporaryFiles(): Promise<string[]> {
    return readdir(join(this.#directory, 'tmp'));
  }

  /** Bytes of all files in the data directory. */
  async dataBytes(): Promise<number> {
    const entries = await readdir(join(this.#directory, 'data'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    // Some are written under another name and then renamed.
    const sizes = await Promise.all(
      files.map((file) =>
        stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Rows by table; only once the server has ended. */
  rows(): Record<string, number> {
    const database = new DatabaseSync(join(this.#directory, 'data', 'moonshare.db'), { readOnly: true });
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
      .all();
    const count = ({ name }: Record<string, unknown>) => {
      const row = database.prepare(`SELECT count(*) AS rows FROM "${name}"`).get();
      return [String(name), Number(row?.rows)] as const;
    };
    const rows = Object.fromEntries(tables.map(count));
    database.close();
    return rows;
  }

  /** Works in whatever state things are. */
  async close(): Promise<void> {
    for (const pid of await this.livingStreamers()) process.kill(pid, 'SIGCONT');
    this.signalServer('SIGCONT');
    this.#server.process.kill('SIGTERM');
    await this.#server.exited;
    process.kill(this.host.pid, 'SIGCONT');
    await this.host.close();
    await rm(this.#directory, { recursive: true });
  }
}

function serve(env: Record<string, string>, log: string | null): Command {
  const server = run(process.execPath, SERVE, env);
  if (log !== null) server.process.stderr?.pipe(createWriteStream(log, { flags: 'a' }));
  return server;
}

async function urlOf(server: Command): Promise<string> {
  const line = await server.line(/^Moonshare listens on /);
  return line.replace('Moonshare listens on ', '').replace(/\/$/, '');
}
