import { LineProcess } from './line-process.ts';
import type { BenchNetwork } from './network.ts';
import { cProgram } from './programs.ts';
import type { RemoteSide, Side } from './sdp.ts';

/** `gro`: the kernel hands over segments together, as it got them; else it cuts them up, at the sender's expense on one machine. */
export type ReceiverKind = 'plain' | 'gro';

/** Since the viewer began. */
export interface Counters {
  viewer: number;
  packets: number;
  /** RTP, without SRTP's tag, UDP and IP. */
  bytes: number;
  frames: number;
  /** Packets, by sequence numbers. */
  expected: number;
  lost: number;
  nacked: number;
  recovered: number;
  /** ms of the monotonic clock; 0: nothing yet. */
  firstAt: number;
}

type Report =
  | { event: 'added'; viewer: number; ufrag: string; password: string; fingerprint: string; port: number }
  | { event: 'connected'; viewer: number; at: number; profile: string }
  | { event: 'failed'; viewer: number; reason: string }
  | { event: 'counters'; at: number; viewers: Counters[] }
  /** RTP timestamp, and when the last packet of the frame came. */
  | { event: 'stamps'; viewers: { viewer: number; frames: [number, number][] }[] }
  | { event: 'refused'; line: unknown };

/** Light viewers in one process of C: they connect, count, report and ask again, but do not decrypt (receivers/main.c). */
export class Receivers {
  readonly #address: string;
  readonly #process: LineProcess<Report>;
  #count = 0;
  /** Why one that was connected is not any more. */
  #lost: string | null = null;

  constructor(network: BenchNetwork, kind: ReceiverKind) {
    this.#address = network.receiverAddress;
    const [command, ...args] = network.atReceivers([cProgram('receivers'), this.#address, kind]);
    this.#process = new LineProcess(command!, args);
    this.#process.on('report', (report) => {
      if (report.event === 'failed') this.#lost ??= `Viewer ${report.viewer}: ${report.reason}`;
    });
  }

  /** One more; it waits for `connect`, or takes packets from anyone if it is `plain`. */
  async add(options: { plain?: boolean; stamps?: boolean } = {}): Promise<{ viewer: number } & Side> {
    const viewer = this.#count++;
    const added = this.#process.next((report) => {
      refuse(report);
      return report.event === 'added' && report.viewer === viewer ? report : undefined;
    });
    this.#process.send({ do: 'add', viewer, ...options });
    const { ufrag, password, fingerprint, port } = await added;
    return { viewer, ufrag, password, fingerprint, port, address: this.#address };
  }

  /** Resolves when it has a connection. The one who offers controls ICE. */
  async connect(viewer: number, { setup, ...remote }: RemoteSide, weOffered: boolean): Promise<void> {
    const connected = this.#process.next((report) => {
      refuse(report);
      if (report.event === 'failed' && report.viewer === viewer) throw new Error(`Viewer ${viewer}: ${report.reason}`);
      return report.event === 'connected' && report.viewer === viewer ? true : undefined;
    });
    this.#process.send({ do: 'connect', viewer, ...remote, controlling: weOffered, client: setup !== 'active' });
    await connected;
  }

  remove(viewer: number): void {
    this.#process.send({ do: 'remove', viewer });
  }

  /** Throws if one has lost its connection. */
  async counters(): Promise<Counters[]> {
    if (this.#lost !== null) throw new Error(this.#lost);
    const counters = this.#process.next((report) => (report.event === 'counters' ? report.viewers : undefined));
    this.#process.send({ do: 'counters' });
    return counters;
  }

  /** When frames came to viewers that keep stamps, since the last call. */
  async stamps(): Promise<Extract<Report, { event: 'stamps' }>['viewers']> {
    const stamps = this.#process.next((report) => (report.event === 'stamps' ? report.viewers : undefined));
    this.#process.send({ do: 'stamps' });
    return stamps;
  }

  orFailed<T>(promise: Promise<T>): Promise<T> {
    return this.#process.orFailed(promise);
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

function refuse(report: Report): void {
  if (report.event === 'refused') throw new Error(`The receivers do not take ${JSON.stringify(report.line)}`);
}
