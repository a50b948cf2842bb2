import {
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeInput,
  encodeKeyFrameNeeded,
  encodeMediaInput,
  encodeViewerHello,
  errorCodeSchema,
  MEDIA_VERSION,
  type MediaMessage,
  UNKNOWN_MEDIA_VERSION,
  type ViewerInput,
} from '@moonshare/contract';
import type { ProblemCode } from '../../problem.ts';
import { isWorthSending } from '../../transport/input-congestion.ts';
import { Acknowledgements } from '../acknowledgements.ts';
import { createPictureSink, type PictureSink } from '../picture/picture-sink.ts';
import type { PictureWay } from '../picture/picture-way.ts';
import { VideoPlayback } from '../picture/video-playback.ts';
import { SoundDecoder } from '../sound/sound-decoder.ts';
import type { HeardSound } from '../sound/sound-port.ts';
import type { PlayerCounters, ToPage } from './messages.ts';

/** Until the streamer's first message, and between two messages later: it sends something every 2 s. */
const SILENT_MS = 10_000;

export interface PlayerOptions {
  url: string;
  /** Whether sound with more than two channels can be played. */
  surround: boolean;
  picture: PictureWay;
  send(message: ToPage, transfer?: Transferable[]): void;
}

/** The media socket and what comes over it, decoded. Closes itself when it has failed. */
export class Player {
  readonly #socket: WebSocket;
  readonly #send: PlayerOptions['send'];
  readonly #acknowledgements = new Acknowledgements();
  readonly #sink: PictureSink;
  readonly #video: VideoPlayback;
  readonly #sound: SoundDecoder;
  readonly #ended = Promise.withResolvers<void>();
  #state: 'connecting' | 'connected' | 'closed' = 'connecting';
  #isPlaying = false;
  #bytes = { all: 0, video: 0, audio: 0 };
  #heard: HeardSound | null = null;
  #roundTripMs: number | null = null;
  #acknowledgementTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, surround, picture, send }: PlayerOptions) {
    this.#send = send;
    this.#sink = createPictureSink(picture, {
      track: (track) => send({ type: 'track', track }, [track as unknown as Transferable]),
      frame: (frame) => send({ type: 'frame', frame }, [frame]),
    });
    this.#video = new VideoPlayback(this.#sink, {
      keyFrameNeeded: (reason) => this.#socket.send(encodeKeyFrameNeeded(reason)),
      shown: (frame) => this.#onShown(frame),
      failed: (code) => this.#fail(code),
    });
    this.#sound = new SoundDecoder({
      sound: (channels, port) => send({ type: 'sound', channels, port }, [port]),
      heard: (heard) => {
        this.#heard = heard;
        this.#video.heard(heard.heardUs);
      },
    });
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#socket.send(encodeViewerHello({ wantsSound: true, takesSurround: surround }));
    this.#socket.onmessage = ({ data }) => this.#onMessage(data);
    this.#socket.onclose = ({ reason }) => this.#fail(errorCodeSchema.safeParse(reason).data ?? null);
    this.#awaitMessage();
  }

  /** Resolves when its socket has closed: before that its last message and the reason may still be on their way. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  sendInput(event: ViewerInput): void {
    if (this.#state !== 'connected' || !isWorthSending(event.kind, this.#socket.bufferedAmount)) return;
    this.#socket.send(encodeMediaInput(encodeInput(event)));
  }

  drawn(): void {
    this.#sink.drawn();
  }

  get counters(): PlayerCounters {
    return {
      ...this.#video.counters,
      at: performance.now(),
      bytes: this.#bytes.all,
      videoBytes: this.#bytes.video,
      audioBytes: this.#bytes.audio,
      roundTripMs: this.#roundTripMs,
      channels: this.#sound.channels,
      soundUnderruns: this.#heard?.underruns ?? 0,
    };
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
    this.#video.close();
    this.#sound.close();
  }

  #onMessage(data: unknown): void {
    this.#awaitMessage();
    if (!(data instanceof ArrayBuffer)) return;
    this.#bytes.all += data.byteLength;
    const message = decodeMediaMessage(new Uint8Array(data));
    if (message === null) return;
    if (message.kind === 'hello') this.#onHello(message.version);
    else if (this.#state === 'connected') this.#onMedia(message);
  }

  #onHello(version: number): void {
    if (version !== MEDIA_VERSION) {
      this.#socket.close(UNKNOWN_MEDIA_VERSION);
      this.#fail('SERVER_BAD_REPLY');
    } else if (this.#state === 'connecting') {
      this.#state = 'connected';
      this.#send({ type: 'connected' });
    }
  }

  #onMedia(message: MediaMessage): void {
    switch (message.kind) {
      case 'video':
        this.#bytes.video += message.data.length;
        this.#acknowledgements.received(message.frame, performance.now());
        this.#video.receive(message);
        this.#acknowledge();
        break;
      case 'audio':
        this.#bytes.audio += message.data.length;
        this.#sound.receive(message);
        break;
      case 'feedback':
        this.#send({ type: 'feedback', feedback: message.feedback });
        break;
      case 'general':
        this.#send({ type: 'general', message: message.message });
        break;
      case 'roundTrip':
        this.#roundTripMs = message.ms;
    }
  }

  #onShown(frame: number): void {
    if (!this.#isPlaying) this.#send({ type: 'playing' });
    this.#isPlaying = true;
    this.#acknowledgements.shown(frame);
    this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#state !== 'connected') return;
    clearTimeout(this.#acknowledgementTimer);
    const now = performance.now();
    const due = this.#acknowledgements.due(this.#video.counters.decodeQueue, now);
    if (due !== null) this.#socket.send(encodeAcknowledgement(due));
    const { wakeAt } = this.#acknowledgements;
    if (wakeAt !== Number.POSITIVE_INFINITY)
      this.#acknowledgementTimer = setTimeout(() => this.#acknowledge(), wakeAt - now);
  }

  #awaitMessage(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#fail(null), SILENT_MS);
  }

  /** null: nothing but that the connection is gone. */
  #fail(code: ProblemCode | null): void {
    if (this.#state === 'closed') return;
    const lost = this.#state === 'connected' ? 'MEDIA_LOST' : 'VIEWER_UNREACHABLE';
    this.close();
    this.#send({ type: 'failed', code: code ?? lost });
  }
}
