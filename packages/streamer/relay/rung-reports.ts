import type { FromStreamer, Rung } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Fanout } from '../fanout/fanout.ts';
import type { RungReport } from '../fanout/rung.ts';
import { BitrateMeter } from '../statistics/bitrate-meter.ts';
import type { Participant } from '../viewer/participant.ts';
import type { NetworkStatistics, ViewerTransport } from '../viewer/transport.ts';

/** How often the networks of viewers are compared with what the stream needs. */
const MEASURE_MS = 500;

export interface RungReportsOptions {
  fanout: Fanout<ViewerTransport>;
  /** The fan-out has new figures: call its `advance`. */
  measured: (now: number) => void;
  send: (message: FromStreamer & { type: 'peerRung' }) => void;
  log: Logger;
}

/**
 * Measures what the stream needs and what each viewer's network carries, and tells viewers of their rung, which is that of the transport
 * that carries the picture.
 */
export class RungReports {
  readonly #options: RungReportsOptions;
  readonly #stream = new BitrateMeter();
  readonly #timer: NodeJS.Timeout;
  /** Participants that were told that they get less than everything. */
  readonly #told = new Map<Participant, Rung>();
  #bytes = 0;

  constructor(options: RungReportsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#measure(), MEASURE_MS).unref();
  }

  /** A frame of this many bytes came from the host. */
  frame(bytes: number): void {
    this.#bytes += bytes;
  }

  rung({ carrier }: Participant): Rung {
    return (carrier === null ? undefined : this.#options.fanout.rung(carrier)) ?? 'full';
  }

  /** The rung of this transport has changed. */
  changed(participant: Participant, transport: ViewerTransport, report: RungReport): void {
    if (participant.carrier === transport) this.#tell(participant, report);
  }

  /** Another transport carries the picture. */
  carried(participant: Participant): void {
    const report = participant.carrier === null ? undefined : this.#options.fanout.report(participant.carrier);
    if (report !== undefined) this.#tell(participant, report);
  }

  left(participant: Participant): void {
    this.#told.delete(participant);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tell(participant: Participant, { rung, cause, networkKbps, streamKbps }: RungReport): void {
    const { send, log } = this.#options;
    if (participant.kind === 'tap' || rung === (this.#told.get(participant) ?? 'full')) return;
    this.#told.set(participant, rung);
    log.info({ peer: participant.id, rung, networkKbps, streamKbps }, 'viewer gets more or less of the stream');
    send({ type: 'peerRung', peerId: participant.id, rung, cause, networkKbps, streamKbps });
  }

  #measure(): void {
    const now = performance.now();
    this.#stream.sample(this.#bytes, now);
    const { kbps } = this.#stream;
    this.#options.fanout.measured(kbps, (transport) => networkKbps(transport.stats(), kbps), now);
    this.#options.measured(now);
  }
}

/** What is not known to be a limit counts as one that is not reached. */
function networkKbps(network: NetworkStatistics, streamKbps: number): number | null {
  const { estimated_bitrate_kbps: kbps, estimate_is_minimum: isMinimum } = network;
  return isMinimum && kbps !== null && kbps < streamKbps ? null : kbps;
}
