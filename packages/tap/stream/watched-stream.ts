import type { Duplex } from 'node:stream';
import type { VideoConfiguration, VideoMessage } from '@moonshare/contract';
import type { Frame } from 'node-av/lib';
import type { StreamDecoder } from '../decode/stream-decoder.ts';
import { MediaClient } from '../socket/media-client.ts';
import { isStill } from './still-frame.ts';

/** A streamer may have good reasons not to ask its host at once, and forgets what it did not do. */
const ASK_AGAIN_MS = 500;
/** Frames that may wait undecoded, as nobody needs their pictures yet. They are all small. */
const MAX_HELD = 300;
/** After this many key frames in a row that cannot be decoded, whoever waits for a picture is told. */
const MAX_FAILURES = 2;

/** Which frame a picture comes from. */
export interface Seen {
  frame: number;
  timeUs: number;
  /** ms since 1970. */
  receivedAt: number;
}

/** What is to be decoded: nothing; everything, but only once it is needed; everything at once. */
export type Wanted = 'nothing' | 'later' | 'now';

export interface WatchedStreamEvents {
  /** Each frame. `isStill`: it is so small that its picture is the one before; `isDecoded`: it will be, if it is needed. */
  received(frame: Seen & { isKey: boolean; isStill: boolean; isDecoded: boolean }): void;
  /** A newer picture; the frame is the receiver's. */
  decoded(picture: Frame, of: Seen & { isKey: boolean; isStill: boolean }): void;
  /** The stream cannot be decoded, at least for now. */
  failed(error: Error): void;
  /** The last call, unless it was closed on request. */
  closed(): void;
}

type Decoding =
  | { name: 'off' }
  /** Nothing can be decoded before the next key frame. */
  | { name: 'waiting' }
  /** `isFirst`: nothing is decoded yet, and the key frame by itself tells nothing. */
  | { name: 'on'; isFirst: boolean };

/** One stream on a media socket, of which as much is decoded as is wanted. */
export class WatchedStream {
  readonly #client: MediaClient;
  readonly #open: typeof StreamDecoder.open;
  readonly #events: WatchedStreamEvents;
  readonly #queue: VideoMessage[] = [];
  readonly #receivedAt = new WeakMap<VideoMessage, number>();
  #wanted: Wanted = 'nothing';
  #decoding: Decoding = { name: 'off' };
  #decoder: { decoder: StreamDecoder; codec: string } | null = null;
  #configuration: VideoConfiguration | null = null;
  #newest: Seen | null = null;
  /** Of the last frame that the decoder is done with. */
  #shown: number | null = null;
  /** The references of the one before mean nothing any more. */
  #needsNewDecoder = true;
  #failures = 0;
  #isBusy = false;
  #isClosed = false;
  #askTimer: NodeJS.Timeout | undefined;

  /** `open`: of a decoder. */
  constructor(socket: Duplex, open: typeof StreamDecoder.open, events: WatchedStreamEvents) {
    this.#open = open;
    this.#events = events;
    this.#client = new MediaClient(socket, {
      video: (message) => this.#onVideo(message),
      closed: () => {
        this.close();
        events.closed();
      },
    });
  }

  /** The newest frame; null: none has come. */
  get newest(): Seen | null {
    return this.#newest;
  }

  /** Nothing has come that is not decoded. */
  get isUpToDate(): boolean {
    return this.#decoding.name === 'on' && this.#queue.length === 0 && !this.#isBusy;
  }

  want(wanted: Wanted): void {
    if (this.#isClosed) return;
    this.#wanted = wanted;
    if (wanted === 'nothing') this.#stopDecoding();
    else if (this.#decoding.name === 'off') this.#awaitKeyFrame();
    this.#run();
  }

  /** Idempotent. Frees its decoder once that is done with what it does. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopDecoding();
    this.#client.close();
    if (!this.#isBusy) this.#closeDecoder();
  }

  #stopDecoding(): void {
    this.#queue.length = 0;
    this.#decoding = { name: 'off' };
    clearTimeout(this.#askTimer);
  }

  #onVideo(message: VideoMessage): void {
    const isFirst = this.#newest === null;
    const seen = { frame: message.frame, timeUs: message.timeUs, receivedAt: Date.now() };
    this.#newest = seen;
    this.#shown ??= (message.frame - 1) >>> 0;
    if (message.configuration !== null) this.#configuration = message.configuration;
    if (message.isDiscontinuity && !message.isKey) this.#lost('nothingShown');
    if (message.isKey && this.#decoding.name === 'waiting') this.#startDecoding();
    const isDecoded = this.#decoding.name === 'on';
    this.#events.received({ ...seen, isKey: message.isKey, isStill: this.#isStill(message), isDecoded });
    if (this.#isClosed) return;
    if (this.#decoding.name === 'on') {
      this.#queue.push(message);
      this.#receivedAt.set(message, seen.receivedAt);
    } else this.#shown = message.frame;
    this.#run();
    // At once, since the streamer counts what is under way.
    if (isFirst || !this.#isBusy) this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#newest === null || this.#shown === null) return;
    const queued = this.#isNeeded() ? this.#queue.length : 0;
    this.#client.acknowledge({ queued, received: this.#newest.frame, shown: this.#shown });
  }

  #startDecoding(): void {
    clearTimeout(this.#askTimer);
    this.#queue.length = 0;
    this.#decoding = { name: 'on', isFirst: true };
    this.#needsNewDecoder = true;
  }

  /** Asks for a key frame, unless the first one is on its way anyway. */
  #awaitKeyFrame(): void {
    this.#decoding = { name: 'waiting' };
    if (this.#newest !== null) this.#lost('decoderReplaced');
  }

  #lost(reason: 'decoderError' | 'decoderReplaced' | 'nothingShown'): void {
    if (this.#decoding.name === 'off') return;
    this.#queue.length = 0;
    this.#decoding = { name: 'waiting' };
    this.#client.needKeyFrame(reason);
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => this.#lost(reason), ASK_AGAIN_MS);
  }

  /** Whether what waits is to be decoded now: one of them may show something else, or there is too much of it. */
  #isNeeded(): boolean {
    if (this.#wanted === 'now' || this.#queue.length > MAX_HELD) return true;
    const isFirst = this.#decoding.name === 'on' && this.#decoding.isFirst;
    return this.#queue.some((message, index) => !this.#isStill(message) && !(isFirst && index === 0));
  }

  #isStill({ isKey, data }: VideoMessage): boolean {
    const { width = 0, height = 0 } = this.#configuration ?? {};
    return !isKey && isStill(data.length, width * height);
  }

  #run(): void {
    if (this.#isBusy || this.#isClosed || this.#queue.length === 0 || !this.#isNeeded()) return;
    this.#isBusy = true;
    void this.#decodeAll().finally(() => {
      this.#isBusy = false;
      if (this.#isClosed) this.#closeDecoder();
      else this.#run();
    });
  }

  async #decodeAll(): Promise<void> {
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      await this.#decode(message);
      if (this.#isClosed) return;
      this.#shown = message.frame;
      this.#acknowledge();
    }
  }

  async #decode(message: VideoMessage): Promise<void> {
    const { isKey, frame, timeUs } = message;
    const isStill = this.#isStill(message);
    const decoding = this.#decoding;
    const isOutdated = () => this.#isClosed || this.#decoding !== decoding;
    try {
      const decoder = await this.#decoderFor(message);
      const picture = await decoder.decode(message.data);
      if (picture === null) return;
      if (isOutdated() || decoding.name !== 'on') {
        picture.free();
        return;
      }
      if (isKey) this.#failures = 0;
      decoding.isFirst = false;
      const receivedAt = this.#receivedAt.get(message) ?? Date.now();
      this.#events.decoded(picture, { frame, timeUs, receivedAt, isKey, isStill });
    } catch (error) {
      this.#closeDecoder();
      if (isOutdated()) return;
      this.#failures += 1;
      if (this.#failures >= MAX_FAILURES) this.#events.failed(error as Error);
      this.#lost('decoderError');
    }
  }

  async #decoderFor({ configuration }: VideoMessage): Promise<StreamDecoder> {
    const codec = configuration?.codec ?? this.#decoder?.codec;
    if (codec === undefined) throw new Error('The stream does not say what its codec is');
    if (this.#needsNewDecoder || codec !== this.#decoder?.codec) this.#closeDecoder();
    this.#needsNewDecoder = false;
    this.#decoder ??= { decoder: await this.#open(codec), codec };
    return this.#decoder.decoder;
  }

  #closeDecoder(): void {
    this.#decoder?.decoder.close();
    this.#decoder = null;
  }
}
