import {
  type AudioMessage,
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeInput,
  encodeKeyFrameNeeded,
  encodeMediaInput,
  encodeViewerHello,
  type GeneralMessage,
  isErrorCode,
  type KeyFrameReason,
  MEDIA_VERSION,
  type MediaMessage,
  UNKNOWN_MEDIA_VERSION,
  type VideoMessage,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract/browser';
import type { ProblemCode } from '../problem.ts';
import { isWorthSending } from '../transport/input-congestion.ts';
import { Acknowledgements } from './acknowledgements.ts';

/** Until the streamer's first message, and between two messages later: it sends something every 2 s. */
const SILENT_MS = 10_000;

export interface PlayerSocketEvents {
  connected(): void;
  video(message: VideoMessage): void;
  audio(message: AudioMessage): void;
  feedback(feedback: ViewerFeedback): void;
  general(message: GeneralMessage): void;
  /** It has closed itself. Called once, and never after `close()`. */
  failed(code: ProblemCode): void;
}

export interface PlayerSocketOptions {
  url: string;
  /** Whether sound is wanted, and with more than two channels. */
  wantsSound: boolean;
  takesSurround: boolean;
  /** Frames that the decoder has yet to return, for the streamer's flow control. */
  queued(): number;
  events: PlayerSocketEvents;
}

/** What has come since the beginning. */
export interface SocketCounters {
  bytes: number;
  videoBytes: number;
  audioBytes: number;
  /** As the streamer measures it; null: not yet. */
  roundTripMs: number | null;
}

/** The browser's side of a media socket (protocol/6), in a worker or a page: its beginning and end, acknowledgements, input. Plays nothing. */
export class PlayerSocket {
  readonly #socket: WebSocket;
  readonly #events: PlayerSocketEvents;
  readonly #queued: () => number;
  readonly #acknowledgements = new Acknowledgements();
  readonly #ended = Promise.withResolvers<void>();
  readonly #counters: SocketCounters = { bytes: 0, videoBytes: 0, audioBytes: 0, roundTripMs: null };
  #state: 'connecting' | 'connected' | 'closed' = 'connecting';
  #acknowledgementTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, wantsSound, takesSurround, queued, events }: PlayerSocketOptions) {
    this.#events = events;
    this.#queued = queued;
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#socket.send(encodeViewerHello({ wantsSound, takesSurround }));
    this.#socket.onmessage = ({ data }) => this.#onMessage(data);
    this.#socket.onclose = ({ reason }) => this.fail(isErrorCode(reason) ? reason : null);
    this.#awaitMessage();
  }

  /** Resolves when it has closed: before that its last message and the reason may still be on their way. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get counters(): Readonly<SocketCounters> {
    return this.#counters;
  }

  sendInput(event: ViewerInput): void {
    if (this.#state !== 'connected' || !isWorthSending(event.kind, this.#socket.bufferedAmount)) return;
    this.#socket.send(encodeMediaInput(encodeInput(event)));
  }

  askKeyFrame(reason: KeyFrameReason): void {
    if (this.#state === 'connected') this.#socket.send(encodeKeyFrameNeeded(reason));
  }

  /** This frame, and the ones before it, have been shown. */
  shown(frame: number): void {
    this.#acknowledgements.shown(frame);
    this.#acknowledge();
  }

  /** null: nothing but that the connection is gone. */
  fail(code: ProblemCode | null): void {
    if (this.#state === 'closed') return;
    const lost = this.#state === 'connected' ? 'MEDIA_LOST' : 'VIEWER_UNREACHABLE';
    this.close();
    this.#events.failed(code ?? lost);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#acknowledgementTimer);
    clearTimeout(this.#silenceTimer);
    this.#socket.onmessage = null;
    this.#socket.onclose = () => this.#ended.resolve();
    if (this.#socket.readyState === WebSocket.CLOSED) this.#ended.resolve();
    this.#socket.close();
  }

  #onMessage(data: unknown): void {
    this.#awaitMessage();
    if (!(data instanceof ArrayBuffer)) return;
    this.#counters.bytes += data.byteLength;
    const message = decodeMediaMessage(new Uint8Array(data));
    if (message === null) return;
    if (message.kind === 'hello') this.#onHello(message.version);
    else if (this.#state === 'connected') this.#onMedia(message);
  }

  #onHello(version: number): void {
    if (version !== MEDIA_VERSION) {
      this.#socket.close(UNKNOWN_MEDIA_VERSION);
      this.fail('SERVER_BAD_REPLY');
    } else if (this.#state === 'connecting') {
      this.#state = 'connected';
      this.#events.connected();
    }
  }

  #onMedia(message: MediaMessage): void {
    switch (message.kind) {
      case 'video':
        this.#counters.videoBytes += message.data.length;
        this.#acknowledgements.received(message.frame, performance.now());
        this.#events.video(message);
        this.#acknowledge();
        break;
      case 'audio':
        this.#counters.audioBytes += message.data.length;
        this.#events.audio(message);
        break;
      case 'feedback':
        this.#events.feedback(message.feedback);
        break;
      case 'general':
        this.#events.general(message.message);
        break;
      case 'roundTrip':
        this.#counters.roundTripMs = message.ms;
        break;
      case 'acknowledgeEvery':
        this.#acknowledgements.every(message.ms);
        this.#acknowledge();
    }
  }

  #acknowledge(): void {
    if (this.#state !== 'connected') return;
    clearTimeout(this.#acknowledgementTimer);
    const now = performance.now();
    const due = this.#acknowledgements.due(this.#queued(), now);
    if (due !== null) this.#socket.send(encodeAcknowledgement(due));
    const { wakeAt } = this.#acknowledgements;
    if (wakeAt !== Number.POSITIVE_INFINITY)
      this.#acknowledgementTimer = setTimeout(() => this.#acknowledge(), wakeAt - now);
  }

  #awaitMessage(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.fail(null), SILENT_MS);
  }
}
