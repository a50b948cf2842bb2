import { connect } from 'node:net';
import {
  type FromTap,
  MoonshareError,
  type Picture,
  type PictureOptions,
  type ToTap,
  type WaitOptions,
  type WaitOutcome,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { localConnection } from '../local-connection.ts';
import type { TapAccess } from '../streamers/tap-access.ts';
import type { DecoderProcess } from './decoder-process.ts';

/** Requests of one streamer that may be under way. */
const MAX_REQUESTS = 16;
/** Requests that follow each other within this time are worth decoding all of the stream, not one key frame for each. */
const OFTEN_MS = 3_000;
/** Without requests, a decoder lets go after this time. */
const KEEP_MS = 10_000;
/** A stream that ends at once is not opened again and again. */
const REOPEN_MS = 250;
/** A decoder that ends costs those who wait no more than time, but only once: the stream may be why it ends. */
const MAX_ATTEMPTS = 2;

export type PicturesRequest =
  | { type: 'picture'; maxAgeMs: number; options: PictureOptions }
  | { type: 'wait'; options: WaitOptions };

interface Pending {
  message: Extract<ToTap, { requestId: number }>;
  /** It can be answered with an earlier picture. */
  isCached: boolean;
  attempts: number;
  settle: (answer: Picture | WaitOutcome | MoonshareError) => void;
}

/** Its decoder. */
type State =
  | { name: 'none' }
  | { name: 'loading'; process: DecoderProcess }
  /** `stream`: the number of the one that it watches; null: none. */
  | { name: 'running'; process: DecoderProcess; stream: number | null };

export interface StreamPicturesOptions {
  taps: TapAccess;
  /** Throws DECODER_LIMIT. */
  startDecoder: () => DecoderProcess;
  log: Logger;
}

/** The pictures of one streamer: its decoder, which runs while they are asked for, and who waits for what. */
export class StreamPictures {
  readonly #options: StreamPicturesOptions;
  readonly #pending = new Map<number, Pending>();
  #state: State = { name: 'none' };
  #lastId = 0;
  #streams = 0;
  #isOpening = false;
  #follows = false;
  /** When a picture was last asked for that had to be decoded, monotonic ms. */
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When the newest picture came that the decoder has, ms since 1970. */
  #pictureAt = Number.NEGATIVE_INFINITY;
  #idleTimer: NodeJS.Timeout | undefined;
  #reopenTimer: NodeJS.Timeout | undefined;

  constructor(options: StreamPicturesOptions) {
    this.#options = options;
    options.taps.on('changed', () => this.#onStreaming());
    options.taps.once('ended', (error) => this.close(error));
  }

  get isRunning(): boolean {
    return this.#state.name !== 'none';
  }

  /** It has a decoder that nobody waits for. */
  get isIdle(): boolean {
    return this.isRunning && this.#pending.size === 0;
  }

  /** Rejects with a coded error after `timeoutMs`, or when `signal` is aborted. */
  ask(request: PicturesRequest, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }) {
    const { taps } = this.#options;
    if (taps.end !== null) throw taps.end;
    if (this.#pending.size >= MAX_REQUESTS) throw new MoonshareError('PICTURE_LIMIT');
    signal.throwIfAborted();
    this.#lastId += 1;
    const requestId = this.#lastId;
    const isCached = request.type === 'picture' && this.#has(request.maxAgeMs);
    const { promise, resolve, reject } = Promise.withResolvers<Picture | WaitOutcome>();
    const timer = setTimeout(() => this.#giveUp(requestId, this.#lateness(request)), timeoutMs);
    const abort = () => this.#giveUp(requestId, MoonshareError.from(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    const settle = (answer: Picture | WaitOutcome | MoonshareError) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (answer instanceof MoonshareError) reject(answer);
      else resolve(answer);
    };
    const pending: Pending = { message: { requestId, ...request }, isCached, attempts: 1, settle };
    this.#pending.set(requestId, pending);
    if (!isCached) this.#noteAsked();
    try {
      this.#start();
      this.#deliver(pending);
    } catch (error) {
      this.#settle(requestId, MoonshareError.from(error));
    }
    return promise;
  }

  /** Ends the decoder, and answers everybody with this error. */
  close(error: MoonshareError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, error);
    this.#stop();
  }

  /** Ends an idle decoder, for someone else. */
  release(): void {
    if (this.isIdle) this.#stop();
  }

  #has(maxAgeMs: number): boolean {
    return this.#state.name === 'running' && Date.now() - this.#pictureAt <= maxAgeMs;
  }

  #noteAsked(): void {
    const now = performance.now();
    if (now - this.#askedAt < OFTEN_MS && !this.#follows) {
      this.#follows = true;
      this.#tellFollows();
    }
    this.#askedAt = now;
  }

  #lateness({ type }: PicturesRequest): MoonshareError {
    if (!this.#options.taps.isStreaming) return new MoonshareError('STREAMER_NOT_ACTIVE');
    return new MoonshareError(type === 'wait' ? 'WAIT_TIMEOUT' : 'PICTURE_TIMEOUT');
  }

  #giveUp(requestId: number, error: MoonshareError): void {
    if (this.#state.name === 'running') this.#state.process.send({ type: 'cancel', requestId });
    this.#settle(requestId, error);
  }

  #start(): void {
    clearTimeout(this.#idleTimer);
    if (this.#state.name === 'none') {
      const process = this.#options.startDecoder();
      this.#state = { name: 'loading', process };
      process.on('message', (message) => this.#onMessage(process, message));
      process.once('exit', (error) => this.#onExit(process, error));
    } else this.#openStream();
  }

  #deliver({ message }: Pending): void {
    if (this.#state.name === 'running') this.#state.process.send(message);
  }

  #tellFollows(): void {
    if (this.#state.name === 'running') this.#state.process.send({ type: 'follow', follows: this.#follows });
  }

  #onStreaming(): void {
    if (this.#state.name !== 'running') return;
    if (this.#options.taps.isStreaming) this.#openStream();
    else {
      this.#state.stream = null;
      this.#state.process.send({ type: 'close' });
    }
  }

  #isStreamWanted(): boolean {
    return this.#follows || [...this.#pending.values()].some(({ isCached }) => !isCached);
  }

  #openStream(): void {
    if (this.#state.name !== 'running' || this.#state.stream !== null) return;
    if (this.#isOpening || !this.#options.taps.isStreaming || !this.#isStreamWanted()) return;
    this.#isOpening = true;
    this.#connect()
      .catch((error) => {
        this.#options.log.warn({ err: error }, 'a picture tap could not be connected');
        this.#reopenLater();
      })
      .finally(() => {
        this.#isOpening = false;
        this.#openStream();
      });
  }

  async #connect(): Promise<void> {
    // Whatever arrives is for the decoder to read.
    const { near, far } = await localConnection((path) => connect(path).pause());
    const { taps } = this.#options;
    if (this.#state.name !== 'running' || !taps.isStreaming) {
      near.destroy();
      far.destroy();
      return;
    }
    this.#streams += 1;
    this.#state.stream = this.#streams;
    this.#state.process.send({ type: 'open', stream: this.#streams }, near);
    taps.open(far);
  }

  #onMessage(process: DecoderProcess, message: FromTap): void {
    if (this.#state.name === 'none' || this.#state.process !== process) return;
    switch (message.type) {
      case 'ready':
        this.#state = { name: 'running', process, stream: null };
        this.#tellFollows();
        for (const pending of this.#pending.values()) this.#deliver(pending);
        this.#openStream();
        break;
      case 'missing':
        this.#options.log.warn({ reason: message.reason }, 'there is no decoder for pictures');
        this.close(new MoonshareError('DECODER_MISSING'));
        break;
      case 'closed':
        if (this.#state.name !== 'running' || this.#state.stream !== message.stream) break;
        this.#state.stream = null;
        this.#reopenLater();
        break;
      case 'picture':
        this.#pictureAt = Math.max(this.#pictureAt, message.picture.receivedAt);
        this.#settle(message.requestId, message.picture);
        break;
      case 'waited':
        this.#settle(message.requestId, message.outcome);
        break;
      case 'failed':
        this.#settle(message.requestId, MoonshareError.fromBody(message.error));
        break;
    }
  }

  #reopenLater(): void {
    clearTimeout(this.#reopenTimer);
    this.#reopenTimer = setTimeout(() => this.#openStream(), REOPEN_MS);
  }

  #onExit(process: DecoderProcess, error: MoonshareError | null): void {
    if (this.#state.name === 'none' || this.#state.process !== process) return;
    this.#forgetDecoder();
    if (error !== null) this.#options.log.warn({ err: error }, 'a decoder process has ended');
    for (const [id, pending] of [...this.#pending]) {
      pending.attempts += 1;
      pending.isCached = false;
      if (pending.attempts > MAX_ATTEMPTS) this.#settle(id, error ?? new MoonshareError('DECODER_FAILED'));
    }
    if (this.#pending.size === 0) return;
    try {
      this.#start();
    } catch (cause) {
      this.close(MoonshareError.from(cause));
    }
  }

  #settle(requestId: number, answer: Picture | WaitOutcome | MoonshareError): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return;
    this.#pending.delete(requestId);
    pending.settle(answer);
    if (this.#pending.size === 0) this.#rest();
  }

  /** Nobody waits any more. */
  #rest(): void {
    if (this.#state.name === 'none') return;
    if (this.#state.name === 'running' && !this.#follows && this.#state.stream !== null) {
      this.#state.stream = null;
      this.#state.process.send({ type: 'close' });
    }
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#stop(), KEEP_MS);
  }

  #stop(): void {
    if (this.#state.name === 'none') return;
    const { process } = this.#state;
    this.#forgetDecoder();
    process.stop();
  }

  #forgetDecoder(): void {
    this.#state = { name: 'none' };
    this.#follows = false;
    this.#pictureAt = Number.NEGATIVE_INFINITY;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#reopenTimer);
  }
}
