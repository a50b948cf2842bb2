import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../harness/api.ts';
import { type Command, isAlive, run, streamersOf } from '../harness/processes.ts';
import { environment, newDataDirectory } from '../harness/stack.ts';
import { poll, TestHost } from '../harness/virtual-host.ts';

const SMALL = { width: 640, height: 360, fps: 15, bitrate: 1000 };

/** A server and a host in processes of their own, on the same ports and data through all their lives, and what they run. */
export class World {
  readonly host: TestHost;
  readonly api: Api;
  readonly streamerIds: readonly string[];
  /** Every streamer process that was ever seen. */
  readonly streamersSeen = new Set<number>();
  readonly #environment: Record<string, string>;
  readonly #directories: string[];
  /** Sockets and pipes of the native viewers in this process: a server that starts later gets them too. */
  #inherited: ReadonlySet<string> = new Set();
  #server: Command;

  private constructor(o: {
    host: TestHost;
    server: Command;
    url: string;
    environment: Record<string, string>;
    directories: string[];
    streamers: number;
  }) {
    this.host = o.host;
    this.api = new Api(o.url);
    this.#server = o.server;
    this.#environment = { ...o.environment, PORT: new URL(o.url).port };
    this.#directories = o.directories;
    this.streamerIds = Array.from({ length: o.streamers }, (_, n) => `chaos-${n}`);
  }

  static async start(streamers: number): Promise<World> {
    const stateDir = await mkdtemp(join(tmpdir(), 'moonshare-chaos-host-'));
    const data = await newDataDirectory();
    // Sessions that nobody has missed yet take a place for a while.
    const host = await TestHost.start({ stateDir, sessions: 8 * streamers, maxFps: 15 });
    const env = environment(host, data);
    const server = serve(env);
    try {
      const url = await urlOf(server);
      const world = new World({ host, server, url, environment: env, directories: [data, stateDir], streamers });
      await world.api.pair();
      return world;
    } catch (error) {
      server.process.kill('SIGTERM');
      await host.close();
      throw error;
    }
  }

  get serverPid(): number {
    return this.#server.process.pid!;
  }

  /** Wants all streamers; those that were given up begin anew. What cannot be started now is looked at again later. */
  async ensureStreamers(): Promise<void> {
    for (const id of this.streamerIds) await this.api.ensureStreamer(id, SMALL).catch(() => undefined);
  }

  async streamerPids(): Promise<number[]> {
    const pids = await streamersOf(this.serverPid);
    for (const pid of pids) this.streamersSeen.add(pid);
    return pids;
  }

  async killServer(): Promise<void> {
    // A stopped process cannot notice that its server is gone; only who stopped it can wake it.
    for (const pid of await this.streamerPids()) process.kill(pid, 'SIGCONT');
    this.#server.process.kill('SIGKILL');
    await this.#server.exited;
    this.#inherited = new Set((await openIn('self')).filter((name) => /:\[\d+\]$/.test(name)));
    this.#server = serve(this.#environment);
    await urlOf(this.#server);
  }

  /** What the server has opened: files, sockets, pipes. */
  async descriptors(): Promise<string[]> {
    return (await openIn(this.serverPid)).filter((name) => !this.#inherited.has(name));
  }

  /** Streamer processes that outlived what they belong to. */
  async orphans(): Promise<number[]> {
    const ours = new Set(await this.streamerPids());
    const alive = await Promise.all([...this.streamersSeen].map(async (pid) => ({ pid, alive: await isAlive(pid) })));
    return alive.filter((one) => one.alive && !ours.has(one.pid)).map(({ pid }) => pid);
  }

  /** `SIGTERM`: everything ends in order. */
  async close(): Promise<void> {
    this.#server.process.kill('SIGTERM');
    await this.#server.exited;
    await poll(
      'all streamers to end',
      () => this.#alive(),
      (alive) => alive.length === 0,
    );
    await this.host.close();
    for (const directory of this.#directories) await rm(directory, { recursive: true });
  }

  async #alive(): Promise<number[]> {
    const alive = await Promise.all([...this.streamersSeen].map(async (pid) => ((await isAlive(pid)) ? [pid] : [])));
    return alive.flat();
  }
}

async function openIn(pid: number | 'self'): Promise<string[]> {
  const directory = `/proc/${pid}/fd`;
  return Promise.all((await readdir(directory)).map((fd) => readlink(join(directory, fd)).catch(() => 'gone')));
}

function serve(env: Record<string, string>): Command {
  return run(process.execPath, ['packages/server/cli/moonshare.ts', 'serve'], env);
}

async function urlOf(server: Command): Promise<string> {
  const line = await server.line(/^Moonshare listens on /);
  return line.replace('Moonshare listens on ', '').replace(/\/$/, '');
}
