import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@moonshare/contract';
import { loadConfig, MoonshareServer, type ServerOptions } from '@moonshare/server';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { pino } from 'pino';
import { Api, CREDENTIALS } from './api.ts';
import { PIN, TestHost } from './virtual-host.ts';

/** The real thing on free ports: a virtual host, and a server in this process that is paired with it. */
export class Stack {
  readonly host: TestHost;
  readonly api: Api;
  /** What the server has logged; with E2E_LOG it is printed instead. */
  readonly log: readonly string[];
  readonly #server: MoonshareServer;
  readonly #data: string;

  private constructor(host: TestHost, server: MoonshareServer, data: string, log: readonly string[]) {
    this.host = host;
    this.log = log;
    this.api = new Api(server.url);
    this.#server = server;
    this.#data = data;
  }

  /** `address`: how the server reaches the host; IPv6 in brackets. */
  static async start(
    options: VirtualHostOptions = {},
    serving: Omit<Partial<ServerOptions>, 'config' | 'log'> & {
      environment?: Record<string, string>;
      address?: string;
    } = {},
  ): Promise<Stack> {
    const host = await TestHost.start(options);
    const data = await newDataDirectory();
    try {
      const { environment: changes = {}, address = '127.0.0.1', ...stand } = serving;
      const hosts = { MOONSHARE_HOSTS: `${address}:${host.httpPort}` };
      const config = loadConfig({ ...environment(host, data), ...hosts, ...changes });
      const lines: string[] = [];
      const log =
        process.env.E2E_LOG === undefined
          ? pino({ level: 'info' }, { write: (line) => lines.push(line) })
          : pino({ level: config.logLevel });
      const server = await MoonshareServer.start({
        config: { ...config, credentials: CREDENTIALS },
        log,
        passwordCost: PASSWORD_COST,
        ...stand,
      });
      const stack = new Stack(host, server, data, lines);
      await stack.api.pair();
      return stack;
    } catch (error) {
      await host.close();
      await rm(data, { recursive: true });
      throw error;
    }
  }

  link(streamerId: string, role: Role = 'full'): Promise<string> {
    return this.#server.link(streamerId, role);
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.host.close();
    await rm(this.#data, { recursive: true });
  }
}

/** Makes logging in cost next to nothing. */
const PASSWORD_COST = 2 ** 4;

export function newDataDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'moonshare-e2e-'));
}

/** The environment of a server for this host. E2E_LOG=info shows what it does. */
export function environment(host: TestHost, data: string): Record<string, string> {
  return {
    PORT: '0',
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `127.0.0.1:${host.httpPort}`,
    MOONSHARE_UDP_PORTS: someUdpPorts(),
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
    MOONSHARE_LOG_LEVEL: process.env.E2E_LOG ?? 'silent',
  };
}

/** Some 50 ports outside the system's ephemeral range, so that parallel runs seldom collide. */
export function someUdpPorts(): string {
  const from = 10_000 + 50 * Math.floor(Math.random() * 180);
  return `${from}-${from + 49}`;
}
