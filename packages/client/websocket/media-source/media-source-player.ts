import type { ViewerInput } from '@moonshare/contract/browser';
import type { PictureCounters } from '../../picture/freeze-detector.ts';
import { pictureCounters } from '../../picture/picture-counters.ts';
import { problem } from '../../problem.ts';
import { type Counters, digest, type Statistics } from '../../statistics/digest.ts';
import type { LiveSource, MediaTransport, MediaTransportEvents, StreamFacts } from '../../transport/media-transport.ts';
import type { PlayerCounters } from '../player-counters.ts';
import { reportOf } from '../player-report.ts';
import { PlayerSocket } from '../player-socket.ts';
import type { LivePicture } from './live-picture.ts';
import { PicturePlayback } from './picture-playback.ts';
import { SoundPlayback } from './sound-playback.ts';

/** Sound may be heard this much later than its picture before the picture waits for it, and then it waits no longer than that. */
const SOUND_MAY_LAG_MS = 120;
const MOST_WAIT_FOR_SOUND_MS = 60;

export interface MediaSourcePlayerOptions {
  /** The server's media socket with a ticket. */
  url: URL;
  takesSurround: boolean;
  events: MediaTransportEvents;
}

/**
 * Picture, sound and input over one WebSocket, for pages without WebCodecs: the browser's own player gets them as MP4. All of it is in the page, not in a
 * worker, since media sources belong to elements of the page: a worker could do nothing with a frame while the page is busy.
 */
export class MediaSourcePlayer implements MediaTransport {
  readonly kind = 'websocket';
  readonly #socket: PlayerSocket;
  readonly #picture: PicturePlayback;
  /** null: this browser cannot play it, and shows the picture alone. */
  readonly #sound: SoundPlayback | null;
  #counters: Counters | null = null;
  #isClosed = false;

  constructor({ url, takesSurround, events }: MediaSourcePlayerOptions) {
    this.#sound = SoundPlayback.isSupported ? new SoundPlayback() : null;
    this.#picture = new PicturePlayback({
      picture: (picture) => events.stream(new ElementSource(picture, this.#sound)),
      keyFrameNeeded: (reason) => this.#socket.askKeyFrame(reason),
      shown: (frame) => this.#socket.shown(frame),
      failed: (code) => this.#socket.fail(code),
      leastReserveMs: (newestUs) => this.#leastReserveMs(newestUs),
    });
    this.#socket = new PlayerSocket({
      url: url.href,
      wantsSound: this.#sound !== null,
      takesSurround,
      queued: () => this.#picture.late,
      events: {
        connected: () => {
          events.connected();
          events.ready();
        },
        video: (message) => this.#picture.receive(message),
        audio: (message) => this.#sound?.receive(message),
        feedback: (feedback) => events.feedback(feedback),
        general: (message) => events.general(message),
        failed: (code) => {
          this.close();
          events.failed(problem(code));
        },
      },
    });
  }

  send(event: ViewerInput): void {
    this.#socket.sendInput(event);
  }

  async pictureCounters(): Promise<PictureCounters | null> {
    return this.#isClosed ? null : pictureCounters(reportOf(this.#count()));
  }

  async statistics({ hostChannels, hostEncryption }: StreamFacts): Promise<Statistics | null> {
    if (this.#isClosed) return null;
    const { statistics, counters } = digest(reportOf(this.#count()), this.#counters, hostChannels, hostEncryption);
    this.#counters = counters;
    return statistics;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
    this.#picture.close();
    this.#sound?.close();
  }

  #count(): PlayerCounters {
    return {
      ...this.#picture.counters,
      ...this.#socket.counters,
      at: performance.now(),
      channels: this.#sound?.channels ?? null,
      soundUnderruns: null,
    };
  }

  #leastReserveMs(newestUs: number): number {
    const heardUs = this.#sound?.heardUs ?? null;
    if (heardUs === null) return 0;
    return Math.min(MOST_WAIT_FOR_SOUND_MS, (newestUs - heardUs) / 1000 - SOUND_MAY_LAG_MS);
  }
}

/** One picture, and the sound that goes on when another picture takes its place. */
class ElementSource implements LiveSource {
  readonly #picture: LivePicture;
  readonly #sound: SoundPlayback | null;

  constructor(picture: LivePicture, sound: SoundPlayback | null) {
    this.#picture = picture;
    this.#sound = sound;
  }

  attach(video: HTMLVideoElement): void {
    this.#picture.attach(video);
    this.#sound?.follow(video);
  }

  detach(): void {
    this.#picture.close();
    this.#sound?.unfollow();
  }

  async playSound(): Promise<void> {
    await this.#sound?.play();
  }
}
