import { execFileSync } from 'node:child_process';
import { exists } from './programs.ts';

export type NetworkKind = 'veth' | 'loopback';

/** The benchmarking range of RFC 2544. */
const prefix = (number: number) => `198.18.${number % 250}`;

/**
 * The network between senders and receivers. `veth`: receivers are in a network namespace of their own, at the other end of a cable
 * in memory; needs root. `loopback`: all on 127.0.0.1, which some ICE libraries leave out.
 */
export class BenchNetwork {
  readonly kind: NetworkKind;
  readonly senderAddress: string;
  readonly receiverAddress: string;
  /** Of the receivers' namespace. */
  readonly #name: string | null;

  private constructor(kind: NetworkKind, senderAddress: string, receiverAddress: string, name: string | null) {
    this.kind = kind;
    this.senderAddress = senderAddress;
    this.receiverAddress = receiverAddress;
    this.#name = name;
  }

  /** It goes with the process, at the latest. */
  static open(kind: NetworkKind = canMakeNamespaces() ? 'veth' : 'loopback'): BenchNetwork {
    if (kind === 'loopback') return new BenchNetwork(kind, '127.0.0.1', '127.0.0.1', null);
    const name = `moonbench${process.pid}`;
    const [near, far] = [`mb${process.pid}a`, `mb${process.pid}b`];
    const [sender, receiver] = [`${prefix(process.pid)}.1`, `${prefix(process.pid)}.2`];
    ip(`netns add ${name}`);
    const network = new BenchNetwork(kind, sender, receiver, name);
    process.once('exit', () => network.close());
    ip(`link add ${near} type veth peer name ${far} netns ${name}`);
    ip(`addr add ${sender}/30 dev ${near}`);
    ip(`link set ${near} up`);
    ip(`-n ${name} addr add ${receiver}/30 dev ${far}`);
    ip(`-n ${name} link set ${far} up`);
    return network;
  }

  /** The command that runs this one where receivers are. */
  atReceivers(command: string[]): string[] {
    return this.#name === null ? command : ['ip', 'netns', 'exec', this.#name, ...command];
  }

  close(): void {
    if (this.#name === null) return;
    try {
      ip(`netns del ${this.#name}`);
    } catch {
      // It is gone.
    }
  }
}

function canMakeNamespaces(): boolean {
  return process.getuid?.() === 0 && exists('ip');
}

function ip(args: string): void {
  execFileSync('ip', args.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
}
