import { type FromStreamer, MoonshareError } from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import type { Logger } from 'pino';
import { type BitrateRequest, LoweredBitrate, type Viewer } from './lowered-bitrate.ts';

export interface BitrateAdapterOptions {
  /** What was asked for, kbit/s. */
  askedKbps: number;
  /** Whoever is behind a viewer, of whom all viewers count as one. */
  personOf: (peerId: string) => string;
  /** Asks the host for this; resolves with what it has applied. */
  change: (kbps: number) => Promise<number>;
  log: Logger;
}

/** Lowers the bitrate of one streamer while most of its viewers are reduced, and raises it again, as long as its process runs. */
export class BitrateAdapter {
  readonly #options: BitrateAdapterOptions;
  readonly #rule: LoweredBitrate;
  readonly #timer = new WakeTimer<BitrateRequest>(
    (now) => this.#rule.advance(now),
    ({ kbps }) => void this.#change(kbps),
  );
  /** As far as is known. */
  #kbps: number;
  #isClosed = false;

  constructor(options: BitrateAdapterOptions) {
    this.#options = options;
    this.#kbps = options.askedKbps;
    this.#rule = new LoweredBitrate(options.askedKbps);
  }

  receive(message: FromStreamer): void {
    if (this.#isClosed) return;
    const now = performance.now();
    if (message.type === 'peerConnected') this.#timer.take(this.#rule.rung(this.#viewer(message), undefined, now));
    else if (message.type === 'peerClosed') this.#timer.take(this.#rule.left(message.peerId, now));
    else if (message.type === 'peerRung') {
      const networkKbps = message.rung === 'reduced' ? message.networkKbps : undefined;
      this.#timer.take(this.#rule.rung(this.#viewer(message), networkKbps, now));
    }
  }

  #viewer({ peerId: id }: { peerId: string }): Viewer {
    return { id, person: this.#options.personOf(id) };
  }

  /** Another bitrate was asked for, and the host has applied it. */
  asked(kbps: number): void {
    this.#kbps = kbps;
    this.#rule.asked(kbps, performance.now());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.stop();
  }

  async #change(kbps: number): Promise<void> {
    const { change, log } = this.#options;
    try {
      this.#kbps = await change(kbps);
      log.info({ kbps: this.#kbps }, 'bitrate adapted to the networks of the viewers');
    } catch (cause) {
      const error = MoonshareError.from(cause);
      log.warn({ err: error, kbps }, 'could not adapt the bitrate to the networks of the viewers');
      if (error.code === 'HOST_CANNOT') this.close();
    }
    if (!this.#isClosed) this.#rule.applied(this.#kbps);
  }
}
