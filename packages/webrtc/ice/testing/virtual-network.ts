import type { CoreOutput } from '@moonshare/sans-io';
import { canonicalAddress, type Endpoint } from '../../address.ts';
import { IceAgent, type IceAgentOptions } from '../agent.ts';
import { candidateLines, hostCandidates, type LocalCandidate } from '../candidate.ts';
import type { IceEvent, Path } from '../path.ts';

/** A seeded generator: a run can be repeated. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (((state >>> 8) ^ (state >>> 20)) / 2 ** 24) % 1;
  };
}

function bytesOf(next: () => number): (count: number) => Uint8Array {
  return (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256));
}

/** Of every agent's socket. */
const PORT = 5_000;

export type NatKind = 'full cone' | 'port restricted' | 'symmetric';

/** One public address for a private network. */
export class Nat {
  readonly publicAddress: string;
  readonly #kind: NatKind;
  readonly #mappings: { inside: Endpoint; remote: Endpoint; port: number }[] = [];
  #nextPort = 40_000;

  constructor(publicAddress: string, kind: NatKind) {
    this.publicAddress = publicAddress;
    this.#kind = kind;
  }

  /** What the packet's source becomes. */
  outward(inside: Endpoint, remote: Endpoint): Endpoint {
    const same = this.#mappings.filter((mapping) => equal(mapping.inside, inside));
    const known = same.find((mapping) => equal(mapping.remote, remote));
    const port = known?.port ?? (this.#kind === 'symmetric' || same.length === 0 ? this.#nextPort++ : same[0]!.port);
    if (known === undefined) this.#mappings.push({ inside, remote, port });
    return { address: this.publicAddress, port };
  }

  /** Null: it is kept out. */
  inward(port: number, from: Endpoint): Endpoint | null {
    const mappings = this.#mappings.filter((mapping) => mapping.port === port);
    const admits = this.#kind === 'full cone' ? mappings : mappings.filter(({ remote }) => equal(remote, from));
    return admits[0]?.inside ?? null;
  }
}

export interface PeerOptions extends Partial<Omit<IceAgentOptions, 'localCandidates'>> {
  addresses: readonly string[];
  nat?: Nat | undefined;
  /** Announced beside the addresses. */
  reflexive?: readonly LocalCandidate[];
}

/** An agent with a socket in the network, and what became of it. */
export class VirtualPeer {
  readonly name: string;
  readonly agent: IceAgent;
  readonly credentials: { ufrag: string; password: string };
  readonly nat: Nat | null;
  readonly addresses: readonly string[];
  readonly candidates: LocalCandidate[];
  /** Everything but `send`, with its time. */
  readonly events: { at: number; event: IceEvent }[] = [];
  readonly sent: { at: number; path: Path; datagram: Uint8Array; isRequest: boolean }[] = [];
  wakeAt = Number.POSITIVE_INFINITY;

  constructor(name: string, random: () => number, { addresses, nat, reflexive = [], ...options }: PeerOptions) {
    this.name = name;
    this.nat = nat ?? null;
    this.addresses = addresses.map((address) => canonicalAddress(address)!);
    this.candidates = [...hostCandidates({ addresses, port: PORT }), ...reflexive];
    this.credentials = options.local ?? { ufrag: `${name}ufrag`, password: `${name}password-of-22-characters` };
    this.agent = new IceAgent({
      local: this.credentials,
      localCandidates: this.candidates,
      role: 'controlled',
      allows: () => true,
      random: bytesOf(random),
      ...options,
    });
  }

  get lines(): string[] {
    return candidateLines(this.candidates);
  }

  of(type: IceEvent['type']): number[] {
    return this.events.filter(({ event }) => event.type === type).map(({ at }) => at);
  }

  get selected(): Path | null {
    return this.agent.selected;
  }
}

export interface NetworkOptions {
  seed?: number;
  /** Shares of what is sent. */
  loss?: number;
  duplication?: number;
  /** One way, each packet for itself, so that they overtake each other. */
  delayMs?: readonly [least: number, most: number];
}

/** UDP between agents, with its faults, on virtual time. */
export class VirtualNetwork {
  now = 1_000;
  readonly random: () => number;
  readonly #peers: VirtualPeer[] = [];
  readonly #options: Required<Omit<NetworkOptions, 'seed'>>;
  #onTheWay: { at: number; deliver: () => void }[] = [];
  /** Everything is lost that this says. */
  cut: (from: VirtualPeer, path: Path) => boolean = () => false;

  constructor({ seed = 1, loss = 0, duplication = 0, delayMs = [5, 5] }: NetworkOptions = {}) {
    this.random = generator(seed);
    this.#options = { loss, duplication, delayMs };
  }

  peer(name: string, options: PeerOptions): VirtualPeer {
    const peer = new VirtualPeer(name, this.random, options);
    this.#peers.push(peer);
    return peer;
  }

  take(peer: VirtualPeer, { events, wakeAt }: CoreOutput<IceEvent>): void {
    if (!(wakeAt > this.now)) throw new Error(`${peer.name} wants to be called at ${wakeAt}, now is ${this.now}`);
    peer.wakeAt = wakeAt;
    for (const event of events) {
      if (event.type === 'send') this.#send(peer, event.path, event.datagram);
      else peer.events.push({ at: this.now, event });
    }
  }

  /** A datagram from anywhere to a peer; bypasses the network. */
  inject(peer: VirtualPeer, datagram: Uint8Array, path: Path): IceEvent[] {
    const output = peer.agent.receive(datagram, path, this.now);
    this.take(peer, output);
    return output.events;
  }

  /** Exchanges descriptions and candidates; each side has them after `ms` more. */
  signal(from: VirtualPeer, to: VirtualPeer, ms = 0, lines: readonly string[] = from.lines): void {
    this.after(ms, () => this.take(to, to.agent.setRemote(from.credentials, this.now)));
    lines.forEach((line, i) => {
      this.after(ms + i, () => this.take(to, to.agent.addRemoteCandidate(line, this.now)));
    });
  }

  after(ms: number, deliver: () => void): void {
    this.#onTheWay.push({ at: this.now + ms, deliver });
  }

  /** Until the condition holds, or for so long; whether it held. */
  run(ms: number, until: () => boolean = () => false): boolean {
    const end = this.now + ms;
    for (;;) {
      if (until()) return true;
      const peer = this.#peers.reduce((a, b) => (b.wakeAt < a.wakeAt ? b : a));
      const packet = this.#onTheWay.reduce<{ at: number; deliver: () => void } | null>(
        (a, b) => (a === null || b.at < a.at ? b : a),
        null,
      );
      const next = Math.min(peer.wakeAt, packet?.at ?? Number.POSITIVE_INFINITY);
      if (next > end) {
        this.now = end;
        return until();
      }
      this.now = Math.max(this.now, next);
      if (packet !== null && packet.at <= peer.wakeAt) {
        this.#onTheWay = this.#onTheWay.filter((other) => other !== packet);
        packet.deliver();
      } else {
        peer.wakeAt = Number.POSITIVE_INFINITY;
        this.take(peer, peer.agent.advance(this.now));
      }
    }
  }

  #send(from: VirtualPeer, path: Path, datagram: Uint8Array): void {
    from.sent.push({
      at: this.now,
      path,
      datagram,
      isRequest: (datagram[0]! & 1) === 0 && (datagram[1]! & 0x10) === 0,
    });
    if (this.cut(from, path)) return;
    const copies = this.random() < this.#options.duplication ? 2 : 1;
    const [least, most] = this.#options.delayMs;
    for (let copy = 0; copy < copies; copy++) {
      if (this.random() < this.#options.loss) continue;
      this.after(least + this.random() * (most - least), () => this.#arrive(from, path, datagram));
    }
  }

  #arrive(from: VirtualPeer, { local, remote }: Path, datagram: Uint8Array): void {
    const inside = this.#peers.find(
      (peer) => peer.addresses.includes(remote.address) && (peer.nat === from.nat || peer.nat === null),
    );
    const isNear = inside !== undefined && inside.nat === from.nat;
    const source = from.nat === null || isNear ? local : from.nat.outward(local, remote);
    const to = inside ?? this.#peers.find((peer) => peer.nat?.publicAddress === remote.address);
    const target = inside === undefined ? (to?.nat?.inward(remote.port, source) ?? null) : remote;
    if (to !== undefined && target !== null) this.#hand(to, target, source, datagram);
  }

  #hand(to: VirtualPeer, local: Endpoint, remote: Endpoint, datagram: Uint8Array): void {
    if (local.port !== PORT) return;
    this.take(to, to.agent.receive(datagram, { protocol: 'udp', local, remote }, this.now));
  }
}

function equal(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
