import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { createTestCertificate, type TestCertificate } from '../../packages/server/testing/test-certificate.ts';
import { buildWeb } from '../harness/build-web.ts';
import { ExampleProxy, type ExampleProxyName } from '../harness/example-proxy.ts';
import { Stack } from '../harness/stack.ts';
import { WalledNetwork } from '../harness/walled-network.ts';
import { settingsOfGuide } from './settings.ts';

const NAME = 'moon.example';
const PROGRAMS = ['ip', 'nft', 'tc', 'nginx', 'caddy', 'haproxy'];
const LOOK_MS = 50;

/** A server as the guides set it up, and a port for a proxy in front of it, which is all that walled networks can reach. */
export class Place {
  readonly stack: Stack;
  readonly #port: number;
  readonly #certificate: TestCertificate;
  readonly #directory: string;
  readonly #networks: WalledNetwork[] = [];
  #proxy: ExampleProxy | null = null;

  private constructor(stack: Stack, port: number, certificate: TestCertificate, directory: string) {
    this.stack = stack;
    this.#port = port;
    this.#certificate = certificate;
    this.#directory = directory;
  }

  static async open(options: VirtualHostOptions = {}): Promise<Place> {
    const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
    if (missing.length > 0) throw new Error(`This needs ${missing.join(', ')}: see e2e/README.md.`);
    await buildWeb();
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'moonshare-only-https-'));
    const stack = await Stack.start(options, { environment: settingsOfGuide(port) });
    return new Place(stack, port, await createTestCertificate(NAME), directory);
  }

  async network(kbps: number | null = null): Promise<WalledNetwork> {
    const network = await WalledNetwork.create({ port: this.#port, name: NAME, kbps });
    this.#networks.push(network);
    return network;
  }

  /** In the place of the one before. Resolves once it listens. */
  async startProxy(program: ExampleProxyName): Promise<void> {
    await this.killProxy();
    const proxy = ExampleProxy.start(program, {
      directory: await mkdtemp(join(this.#directory, `${program}-`)),
      name: NAME,
      certificate: this.#certificate,
      address: '0.0.0.0',
      port: this.#port,
      serverPort: Number(new URL(this.stack.api.url).port),
    });
    this.#proxy = proxy;
    while (!(await listens(this.#port))) {
      proxy.assertRuns();
      await delay(LOOK_MS);
    }
  }

  /** `kill -9`. */
  async killProxy(): Promise<void> {
    await this.#proxy?.end('SIGKILL');
    this.#proxy = null;
  }

  async close(): Promise<void> {
    await this.killProxy();
    for (const network of this.#networks) await network.close();
    await this.stack.close();
    await rm(this.#directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
