import { execFile, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const open = new Set<RoutedNetwork>();
process.once('exit', () => {
  for (const network of [...open]) network.close();
});
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const)
  process.once(signal, () => process.exit(128 + number));

/**
 * A browser's network behind a router whose rules a test sets: two network namespaces. This machine is on the router's other side. Needs
 * root and the programs `ip` and `nft`.
 */
export class RoutedNetwork {
  /** This machine's address there. */
  readonly gateway: string;
  /** The router's address on this machine's side: what a NAT shows. */
  readonly outside: string;
  /** The browser's. */
  readonly inside: string;
  readonly #next: string;
  readonly #inner: string;
  readonly #router: string;
  readonly #wrapper: string;

  private constructor() {
    const { pid } = process;
    const address = (host: number) => `10.${128 + (pid % 64)}.${(pid >> 6) % 256}.${host}`;
    [this.gateway, this.outside] = [address(1), address(2)];
    this.inside = address(18);
    this.#next = address(19);
    this.#inner = `moonshare-${pid}-100`;
    this.#router = `moonshare-${pid}-101`;
    this.#wrapper = join(tmpdir(), `${this.#inner}-browser`);
  }

  static async create(): Promise<RoutedNetwork> {
    const network = new RoutedNetwork();
    open.add(network);
    try {
      await network.#build();
      return network;
    } catch (error) {
      network.close();
      throw error;
    }
  }

  async #build(): Promise<void> {
    const [inner, router] = [this.#inner, this.#router];
    const lan = this.#lan;
    const commands = [
      `netns add ${inner}`,
      `netns add ${router}`,
      `link add ${this.#link} type veth peer name wan netns ${router}`,
      `-n ${router} link add lan type veth peer name eth netns ${inner}`,
      `address add ${this.gateway}/30 dev ${this.#link}`,
      `link set ${this.#link} up`,
      `-n ${router} address add ${this.outside}/30 dev wan`,
      `-n ${router} address add ${lan}/28 dev lan`,
      `-n ${inner} address add ${this.inside}/28 dev eth`,
      ...['wan', 'lan', 'lo'].map((link) => `-n ${router} link set ${link} up`),
      ...['eth', 'lo'].map((link) => `-n ${inner} link set ${link} up`),
      `-n ${router} route add default via ${this.gateway}`,
      `-n ${inner} route add default via ${lan}`,
      `route add ${this.inside}/32 via ${this.outside}`,
      `route add ${this.#next}/32 via ${this.outside}`,
    ];
    for (const command of commands) await run('ip', command.split(' '));
    await run('ip', ['netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  }

  /** Chains of nftables in the router, in place of those before. */
  async rule(chains: string): Promise<void> {
    const rules = `flush ruleset\ntable ip test {\n${chains}\n}\n`;
    const file = `${this.#wrapper}.nft`;
    writeFileSync(file, rules);
    await run('ip', ['netns', 'exec', this.#router, 'nft', '-f', file]);
  }

  /** Of the line between this machine and the router. */
  async mtu(bytes: number): Promise<void> {
    await run('ip', ['link', 'set', this.#link, 'mtu', String(bytes)]);
    await run('ip', ['-n', this.#router, 'link', 'set', 'wan', 'mtu', String(bytes)]);
  }

  /** The browser gets another address, or its first one again. From the other one, only TCP still gets anywhere. */
  async move(to: 'another' | 'first'): Promise<void> {
    const [now, other] = to === 'first' ? [this.inside, this.#next] : [this.#next, this.inside];
    const inner = ['-n', this.#inner];
    await run('ip', [...inner, 'address', 'replace', `${now}/28`, 'dev', 'eth']);
    await run('ip', [...inner, 'route', 'replace', 'default', 'via', this.#lan, 'src', now]);
    await this.rule(`chain forward { type filter hook forward priority 0; ip saddr ${other} meta l4proto udp drop; }`);
  }

  /** What the rule with a counter has counted. */
  async counted(): Promise<number> {
    const { stdout } = await run('ip', ['netns', 'exec', this.#router, 'nft', 'list', 'ruleset']);
    return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
  }

  /** The path of a script that runs this program inside. */
  wrap(program: string): string {
    writeFileSync(this.#wrapper, `#!/bin/sh\nexec ip netns exec ${this.#inner} ${program} "$@"\n`, { mode: 0o700 });
    return this.#wrapper;
  }

  close(): void {
    open.delete(this);
    for (const namespace of [this.#inner, this.#router]) {
      const pids = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).stdout;
      for (const pid of pids.split('\n').filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL');
        } catch {
          // It has ended meanwhile.
        }
      }
      spawnSync('ip', ['netns', 'delete', namespace]);
    }
    spawnSync('ip', ['link', 'delete', this.#link]);
    for (const path of [this.#wrapper, `${this.#wrapper}.nft`]) rmSync(path, { force: true });
  }

  get #lan(): string {
    return this.inside.replace(/\d+$/, '17');
  }

  get #link(): string {
    return `mr${process.pid}`;
  }
}
