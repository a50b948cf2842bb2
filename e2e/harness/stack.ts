import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamerInfo } from '@moonshare/contract';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { pino } from 'pino';
import { PIN, TestHost } from './virtual-host.ts';

export const CREDENTIALS = 'e2e-credentials';

/** Small enough for two cores with several browsers, wide enough for the squares. */
export const SMALL = { width: 640, height: 360, fps: 30, bitrate: 3000 };

/** The real thing on free ports: a virtual host, a server, streamers by its API. */
export class Stack {
  readonly host: TestHost;
  readonly server: MoonshareServer;
  readonly #data: string;

  private constructor(host: TestHost, server: MoonshareServer, data: string) {
    this.host = host;
    this.server = server;
    this.#data = data;
  }

  static async start(options: VirtualHostOptions = {}): Promise<Stack> {
    const host = await TestHost.start(options);
    const data = await mkdtemp(join(tmpdir(), 'moonshare-e2e-'));
    try {
      const config = loadConfig(environment(host, data));
      const log = pino({ level: config.logLevel });
      const server = await MoonshareServer.start({ config: { ...config, credentials: CREDENTIALS }, log });
      const stack = new Stack(host, server, data);
      await stack.#pair();
      return stack;
    } catch (error) {
      await host.close();
      await rm(data, { recursive: true });
      throw error;
    }
  }

  /** Starts a streamer on the host's first app and waits until its host session is up. */
  async createStreamer(id: string, settings: Record<string, unknown> = SMALL): Promise<StreamerInfo> {
    const { apps } = await this.api<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
    return this.api('POST', '/api/streamers', {
      streamer_id: id,
      client_unique_id: `e2e-${id}`,
      host_id: 0,
      app_id: apps[0]!.app_id,
      ...settings,
    });
  }

  link(streamerId: string): Promise<string> {
    return this.server.link(streamerId, 'full');
  }

  /** The host types the PIN by itself. */
  async #pair(): Promise<void> {
    const answer = await this.text('POST', '/api/pair', { host_id: 0 });
    if (!answer.includes('"Paired"')) throw new Error(`Pairing failed: ${answer}`);
  }

  /** Throws on anything but success. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.text(method, path, body);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async text(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: { authorization: `Bearer ${CREDENTIALS}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.host.close();
    await rm(this.#data, { recursive: true });
  }
}

/** The settings of a server on this host, as environment. */
export function environment(host: TestHost, data: string): Record<string, string> {
  // Some 50 ports of a range that the system gives nobody by itself.
  const udp = 10_000 + 50 * Math.floor(Math.random() * 180);
  return {
    PORT: '0',
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `127.0.0.1:${host.httpPort}`,
    MOONSHARE_UDP_PORTS: `${udp}-${udp + 49}`,
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
    MOONSHARE_LOG_LEVEL: process.env.E2E_LOG ?? 'silent',
  };
}
