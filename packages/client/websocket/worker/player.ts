import type { ViewerInput } from '@moonshare/contract/browser';
import { createPictureSink, type PictureSink } from '../picture/picture-sink.ts';
import type { PictureWay } from '../picture/picture-way.ts';
import { VideoPlayback } from '../picture/video-playback.ts';
import type { PlayerCounters } from '../player-counters.ts';
import { PlayerSocket } from '../player-socket.ts';
import { SoundDecoder } from '../sound/sound-decoder.ts';
import type { HeardSound } from '../sound/sound-port.ts';
import type { ToPage } from './messages.ts';

export interface PlayerOptions {
  url: string;
  /** Whether sound with more than two channels can be played. */
  surround: boolean;
  picture: PictureWay;
  send(message: ToPage, transfer?: Transferable[]): void;
}

/** The media socket and what comes over it, decoded. Closes itself when it has failed. */
export class Player {
  readonly #socket: PlayerSocket;
  readonly #send: PlayerOptions['send'];
  readonly #sink: PictureSink;
  readonly #video: VideoPlayback;
  readonly #sound: SoundDecoder;
  #isPlaying = false;
  #heard: HeardSound | null = null;

  constructor({ url, surround, picture, send }: PlayerOptions) {
    this.#send = send;
    this.#sink = createPictureSink(picture, {
      track: (track) => send({ type: 'track', track }, [track as unknown as Transferable]),
      frame: (frame) => send({ type: 'frame', frame }, [frame]),
    });
    this.#video = new VideoPlayback(this.#sink, {
      keyFrameNeeded: (reason) => this.#socket.askKeyFrame(reason),
      shown: (frame) => this.#onShown(frame),
      failed: (code) => this.#socket.fail(code),
    });
    this.#sound = new SoundDecoder({
      sound: (channels, port) => send({ type: 'sound', channels, port }, [port]),
      heard: (heard) => {
        this.#heard = heard;
        this.#video.heard(heard.heardUs);
      },
    });
    this.#socket = new PlayerSocket({
      url,
      wantsSound: true,
      takesSurround: surround,
      queued: () => this.#video.counters.decodeQueue,
      events: {
        connected: () => send({ type: 'connected' }),
        video: (message) => this.#video.receive(message),
        audio: (message) => this.#sound.receive(message),
        feedback: (feedback) => send({ type: 'feedback', feedback }),
        general: (message) => send({ type: 'general', message }),
        failed: (code) => {
          this.#closeDecoders();
          send({ type: 'failed', code });
        },
      },
    });
  }

  /** Resolves when its socket has closed. */
  get ended(): Promise<void> {
    return this.#socket.ended;
  }

  sendInput(event: ViewerInput): void {
    this.#socket.sendInput(event);
  }

  drawn(): void {
    this.#sink.drawn();
  }

  get counters(): PlayerCounters {
    return {
      ...this.#video.counters,
      ...this.#socket.counters,
      at: performance.now(),
      channels: this.#sound.channels,
      soundUnderruns: this.#heard?.underruns ?? 0,
    };
  }

  close(): void {
    this.#socket.close();
    this.#closeDecoders();
  }

  #closeDecoders(): void {
    this.#video.close();
    this.#sound.close();
  }

  #onShown(frame: number): void {
    if (!this.#isPlaying) this.#send({ type: 'playing' });
    this.#isPlaying = true;
    this.#socket.shown(frame);
  }
}
