import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs inside: connects its standard streams to a port. */
const BRIDGE = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('error', () => process.exit(1));
  socket.on('close', () => process.exit(0));
`;

export interface WalledNetworkOptions {
  /** The only port that connections get out to, on this machine. */
  port: number;
  /** A name of this machine in it. */
  name: string;
  /** What the line into it carries; null: no limit. */
  kbps?: number | null;
}

let count = 0;
/** The names of those that this process has not closed. */
const open = new Set<string>();

/**
 * A network from which nothing gets out but TCP to one port of this machine, as behind the strictest of firewalls: a network namespace.
 * Needs root and the programs `ip`, `nft` and, for a slow line, `tc`.
 */
export class WalledNetwork {
  /** This machine's address in it. */
  readonly gateway: string;
  readonly #namespace: string;
  readonly #doors: Server[] = [];

  private constructor(namespace: string, gateway: string) {
    this.#namespace = namespace;
    this.gateway = gateway;
  }

  static async create({ port, name, kbps = null }: WalledNetworkOptions): Promise<WalledNetwork> {
    if (count === 0) takeCareOfLeftovers();
    const [number, pid] = [count++, process.pid];
    const namespace = `moonshare-${pid}-${number}`;
    const outside = linkOf(namespace);
    const inside = `mi${pid}-${number}`;
    const subnet = `10.${64 + (pid % 64)}.${(pid >> 6) % 256}.${number * 4}`.split('.');
    const address = (host: number) => [...subnet.slice(0, 3), Number(subnet[3]) + host].join('.');
    const network = new WalledNetwork(namespace, address(1));
    open.add(namespace);
    const inNamespace = ['-n', namespace];
    try {
      await mkdir(directoryOf(namespace));
      await run('ip', ['netns', 'add', namespace]);
      await run('ip', ['link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace]);
      await run('ip', ['address', 'add', `${address(1)}/30`, 'dev', outside]);
      await run('ip', ['link', 'set', outside, 'up']);
      await run('ip', [...inNamespace, 'address', 'add', `${address(2)}/30`, 'dev', inside]);
      await run('ip', [...inNamespace, 'link', 'set', inside, 'up']);
      await run('ip', [...inNamespace, 'link', 'set', 'lo', 'up']);
      await run('ip', [...inNamespace, 'route', 'add', 'default', 'via', address(1)]);
      await network.#wall(inside, port);
      if (kbps !== null) await network.#narrow(kbps);
      // `ip netns exec` puts these in the place of those in /etc.
      const etc = etcOf(namespace);
      await mkdir(etc, { recursive: true });
      await writeFile(join(etc, 'hosts'), `127.0.0.1 localhost\n${address(1)} ${name}\n`);
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** The path of a script that runs this program inside. */
  async wrap(program: string): Promise<string> {
    const path = join(directoryOf(this.#namespace), program.replaceAll('/', '-'));
    await writeFile(path, `#!/bin/sh\nexec ip netns exec ${this.#namespace} ${program} "$@"\n`, { mode: 0o700 });
    return path;
  }

  /** A port of this machine that leads to a port on 127.0.0.1 inside. */
  async doorTo(port: number): Promise<number> {
    const bridge = ['netns', 'exec', this.#namespace, process.execPath, '-e', BRIDGE, String(port)];
    const door = createServer((socket) => {
      const child = spawn('ip', bridge, { stdio: ['pipe', 'pipe', 'inherit'] });
      socket.pipe(child.stdin);
      child.stdout.pipe(socket);
      for (const stream of [socket, child.stdin]) stream.on('error', () => socket.destroy());
      socket.once('close', () => child.kill());
    });
    this.#doors.push(door);
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return (door.address() as AddressInfo).port;
  }

  /** The ids of the processes inside. */
  processes(): number[] {
    return processesIn(this.#namespace);
  }

  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    for (const pid of this.processes()) process.kill(pid, signal);
  }

  /** Whatever still runs inside is killed. */
  async close(): Promise<void> {
    for (const door of this.#doors) door.close();
    remove(this.#namespace);
  }

  async #wall(inside: string, port: number): Promise<void> {
    const rules = `table inet wall {
      chain out { type filter hook output priority 0; policy drop; meta l4proto tcp oifname lo accept; tcp dport ${port} accept; }
      chain in { type filter hook input priority 0; policy drop; meta l4proto tcp iifname lo accept; iifname ${inside} tcp sport ${port} accept; }
    }`;
    const path = join(directoryOf(this.#namespace), 'rules');
    await writeFile(path, rules);
    await run('ip', ['netns', 'exec', this.#namespace, 'nft', '-f', path]);
  }

  /** Towards the inside; what waits on the line is no more than half a second's worth, as in many routers. */
  async #narrow(kbps: number): Promise<void> {
    const bucket = ['rate', `${kbps}kbit`, 'burst', '8kb', 'latency', '500ms'];
    await run('tc', ['qdisc', 'add', 'dev', linkOf(this.#namespace), 'root', 'tbf', ...bucket]);
  }
}

/** This machine's end of the line into it. */
function linkOf(namespace: string): string {
  return namespace.replace('moonshare-', 'mo');
}

function directoryOf(namespace: string): string {
  return join(tmpdir(), namespace);
}

function etcOf(namespace: string): string {
  return join('/etc/netns', namespace);
}

function processesIn(namespace: string): number[] {
  return lines('netns', 'pids', namespace).map(Number);
}

/** What this `ip` command prints; nothing if it fails. */
function lines(...command: string[]): string[] {
  return spawnSync('ip', command, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

function remove(namespace: string): void {
  for (const pid of processesIn(namespace)) kill(pid, 'SIGKILL');
  // Otherwise it would go only once they have ended.
  spawnSync('ip', ['link', 'delete', linkOf(namespace)]);
  spawnSync('ip', ['netns', 'delete', namespace]);
  for (const directory of [etcOf(namespace), directoryOf(namespace)])
    rmSync(directory, { recursive: true, force: true });
  open.delete(namespace);
}

/** Returns whether there is such a process. */
function kill(pid: number, signal: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Removes those of processes that were killed, and from now on, those of this one if it is interrupted. */
function takeCareOfLeftovers(): void {
  process.once('exit', () => {
    for (const namespace of [...open]) remove(namespace);
  });
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.once(signal, () => process.exit(128 + number));
  for (const line of lines('netns', 'list')) {
    const [namespace, pid] = /^moonshare-(\d+)-\d+/.exec(line) ?? [];
    // Its id may be ours now.
    if (namespace !== undefined && (Number(pid) === process.pid || !kill(Number(pid), 0))) remove(namespace);
  }
}
