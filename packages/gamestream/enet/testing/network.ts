import { EnetHost } from '../host.ts';
import type { EnetAddress, EnetEvent, EnetOutput, EnetSend } from '../types.ts';

export function sends({ events }: EnetOutput): EnetSend[] {
  return events.flatMap((event) => (event.type === 'send' ? [event] : []));
}

/** Everything else. */
export function happened({ events }: EnetOutput): EnetEvent[] {
  return events.flatMap((event) => (event.type === 'send' ? [] : [event]));
}

/** What the network does with one datagram: the delay of each copy that arrives; an empty list is a loss. */
export type Outcome = (datagram: Buffer, from: EnetAddress, to: EnetAddress) => number[];

interface Flight {
  at: number;
  order: number;
  from: EnetAddress;
  to: EnetAddress;
  data: Buffer;
}

export interface SentDatagram {
  at: number;
  from: EnetAddress;
  to: EnetAddress;
  hex: string;
}

/** EnetHosts on virtual time and an in-memory network. For tests. */
export class TestNetwork {
  now: number;
  outcome: Outcome = () => [1];
  readonly sent: SentDatagram[] = [];
  readonly events = new Map<EnetAddress, EnetEvent[]>();
  readonly #hosts = new Map<EnetAddress, { host: EnetHost; wakeAt: number }>();
  #flights: Flight[] = [];
  #order = 0;

  constructor(now = 0) {
    this.now = now;
  }

  add(address: EnetAddress, options: { slots?: number; channelLimit?: number } = {}): EnetHost {
    let ids = 0;
    const host = new EnetHost({ slots: 1, ...options, random: () => Buffer.from([0x1a, 0x2b, 0x3c, 0x4d + ids++]) });
    this.#hosts.set(address, { host, wakeAt: Number.POSITIVE_INFINITY });
    this.events.set(address, []);
    return host;
  }

  /** Performs what a call of the host at `from` asked for. */
  apply<T extends EnetOutput>(from: EnetAddress, output: T): T {
    this.#hosts.get(from)!.wakeAt = output.wakeAt;
    this.events.get(from)!.push(...happened(output));
    for (const { to, data } of sends(output)) {
      this.sent.push({ at: this.now, from, to, hex: data.toString('hex') });
      for (const delay of this.outcome(data, from, to)) {
        this.#flights.push({ at: this.now + delay, order: this.#order++, from, to, data });
      }
    }
    return output;
  }

  /** Runs time up to `until`; ends early if nothing more will happen. */
  run(until: number): void {
    for (;;) {
      const next = this.#nextTime();
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.#flights.sort((a, b) => a.at - b.at || a.order - b.order);
      while (this.#flights.length > 0 && this.#flights[0]!.at <= this.now) {
        const { from, to, data } = this.#flights.shift()!;
        const there = this.#hosts.get(to);
        if (there) this.apply(to, there.host.receive(data, from, this.now));
      }
      for (const [address, entry] of this.#hosts) {
        if (entry.wakeAt <= this.now) this.apply(address, entry.host.advance(this.now));
      }
    }
    this.now = until;
  }

  #nextTime(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const flight of this.#flights) next = Math.min(next, flight.at);
    for (const { wakeAt } of this.#hosts.values()) next = Math.min(next, wakeAt);
    return next;
  }
}

/** A client C and a host H, connected: peer 0 on both sides. */
export function connectedPair(options: { now?: number; slots?: number; channels?: number } = {}): {
  network: TestNetwork;
  client: EnetHost;
  host: EnetHost;
} {
  const network = new TestNetwork(options.now ?? 0);
  const client = network.add('C');
  const host = network.add('H', { slots: options.slots ?? 4 });
  network.apply('C', client.connect({ to: 'H', channels: options.channels ?? 48, data: 0 }, network.now));
  network.run(network.now + 10);
  return { network, client, host };
}
