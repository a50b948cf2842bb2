import {
  MoonshareError,
  type Picture,
  type PictureOptions,
  type WaitOptions,
  type WaitOutcome,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Streamer } from '../streamers/streamer.ts';
import type { DecoderProcess } from './decoder-process.ts';
import { StreamPictures } from './stream-pictures.ts';

/** When to give up. */
export interface PicturesLimits {
  timeoutMs: number;
  /** Whoever asks has gone, or may not see the streamer any more. */
  signal: AbortSignal;
}

export interface PicturesOptions {
  startDecoder: (log: Logger) => DecoderProcess;
  /** The most decoders of this server. */
  maxDecoders: number;
  log: Logger;
}

/** Pictures of streamers, with or without viewers. */
export class Pictures {
  readonly #options: PicturesOptions;
  readonly #streams = new Map<Streamer, StreamPictures>();

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  /** How many decoders are running. */
  get decoders(): number {
    return [...this.#streams.values()].filter(({ isRunning }) => isRunning).length;
  }

  /**
   * The newest picture; one that is `maxAgeMs` old will do. Rejects with BAD_REQUEST for a region outside of it, DECODER_MISSING,
   * DECODER_FAILED, DECODER_LIMIT, PICTURE_LIMIT, PICTURE_TIMEOUT, STREAMER_NOT_ACTIVE, and the error with which the streamer ends.
   */
  async screenshot(
    streamer: Streamer,
    { maxAgeMs, options, ...limits }: PicturesLimits & { maxAgeMs: number; options: PictureOptions },
  ): Promise<Picture> {
    return (await this.#of(streamer).ask({ type: 'picture', maxAgeMs, options }, limits)) as Picture;
  }

  /** Resolves when the picture is stable or has changed. Rejects like `screenshot`, but with WAIT_TIMEOUT. */
  async wait(
    streamer: Streamer,
    { options, ...limits }: PicturesLimits & { options: WaitOptions },
  ): Promise<WaitOutcome> {
    return (await this.#of(streamer).ask({ type: 'wait', options }, limits)) as WaitOutcome;
  }

  /** The server is shutting down. */
  close(): void {
    for (const pictures of this.#streams.values()) pictures.close(new MoonshareError('SHUTTING_DOWN'));
  }

  #of(streamer: Streamer): StreamPictures {
    if (streamer.taps.end !== null) throw streamer.taps.end;
    const known = this.#streams.get(streamer);
    if (known !== undefined) return known;
    const log = this.#options.log.child({ streamer: streamer.id });
    const pictures = new StreamPictures({ taps: streamer.taps, startDecoder: () => this.#startDecoder(log), log });
    this.#streams.set(streamer, pictures);
    streamer.taps.once('ended', () => this.#streams.delete(streamer));
    return pictures;
  }

  #startDecoder(log: Logger): DecoderProcess {
    const running = [...this.#streams.values()].filter(({ isRunning }) => isRunning);
    if (running.length >= this.#options.maxDecoders) {
      const idle = running.find(({ isIdle }) => isIdle);
      if (idle === undefined) throw new MoonshareError('DECODER_LIMIT');
      idle.release();
    }
    return this.#options.startDecoder(log);
  }
}
