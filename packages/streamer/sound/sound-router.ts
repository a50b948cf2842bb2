import type { AudioPacket } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import type { StreamFormat, TransportEngine, ViewerTransport } from '../viewer/transport.ts';
import { MixingThread } from './mixing-thread.ts';

/** How long to keep the unused thread, so that a viewer who reloads finds it still there. */
const KEEP_MS = 5000;
/** After a failure. */
const RETRY_MS = 5000;

type Format = Pick<StreamFormat, 'audio' | 'audioPacketMs'>;

/** Gives each viewer the host's sound in a form it can take: unchanged, or mixed down to stereo, once for all who need that. */
export class SoundRouter {
  readonly #engine: Pick<TransportEngine, 'sendAudio'>;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  #format: Format | null = null;
  #thread: MixingThread | null = null;
  #neededAt = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  /** The host's number of the last mixed packet: decoders cannot go back. */
  #last = Number.NEGATIVE_INFINITY;

  constructor(engine: Pick<TransportEngine, 'sendAudio'>, log: Pick<Logger, 'info' | 'error'>) {
    this.#engine = engine;
    this.#log = log;
  }

  setFormat(format: Format): void {
    this.close();
    this.#format = format;
  }

  /** Call in order of arrival; `receivedAt` is the clock. */
  send(packet: AudioPacket, viewers: readonly ViewerTransport[]): void {
    const mixed = viewers.filter(({ sound }) => sound === 'stereo mix');
    if (mixed.length === 0) {
      this.#engine.sendAudio(packet, viewers);
      if (packet.receivedAt - this.#neededAt > KEEP_MS) this.close();
      return;
    }
    // Also if nobody takes it unchanged: engines follow the stream's clock.
    this.#engine.sendAudio(
      packet,
      viewers.filter((viewer) => !mixed.includes(viewer)),
    );
    this.#neededAt = packet.receivedAt;
    if (packet.sequence <= this.#last) return;
    this.#last = packet.sequence;
    this.#open(packet.receivedAt)?.mix(packet.data, (data) => this.#engine.sendAudio({ ...packet, data }, mixed));
  }

  close(): void {
    this.#thread?.close();
    this.#thread = null;
    this.#last = Number.NEGATIVE_INFINITY;
  }

  #open(now: number): MixingThread | null {
    if (this.#thread !== null || this.#format === null || now < this.#retryAt) return this.#thread;
    const { audio, audioPacketMs } = this.#format;
    this.#log.info({ channels: audio.channels }, 'sound is mixed down to stereo for viewers who take no surround');
    this.#thread = new MixingThread({ layout: audio, packetMs: audioPacketMs }, (err) => {
      this.#log.error({ err }, 'sound could not be mixed down: viewers who take no surround hear nothing for now');
      this.close();
      this.#retryAt = now + RETRY_MS;
    });
    return this.#thread;
  }
}
