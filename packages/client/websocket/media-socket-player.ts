import type { ViewerInput } from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import { pictureCounters } from '../picture/picture-counters.ts';
import { type ProblemCode, problem } from '../problem.ts';
import { type Counters, digest, type Statistics } from '../statistics/digest.ts';
import type { MediaTransport, MediaTransportEvents, StreamFacts } from '../transport/media-transport.ts';
import { createPictureOutput, type PictureOutput } from './picture/picture-output.ts';
import type { PlayerCounters } from './player-counters.ts';
import { reportOf } from './player-report.ts';
import { SoundOutput } from './sound/sound-output.ts';
import type { ToPage, ToWorker } from './worker/messages.ts';
import { startWorker } from './worker/start-worker.ts';

export interface PlayerOptions {
  /** The server's media socket with a ticket: `wss://example.org/api/streamers/agent-1/media?ticket=...`. */
  url: URL;
  /** Take stereo even if the host sends surround. */
  stereo: boolean;
  events: MediaTransportEvents;
}

/**
 * Picture, sound and input over one WebSocket. A worker has the socket and the decoders, so that a busy page delays nothing. In Firefox it
 * still delays what arrives, since there the sockets of workers go through the page's thread.
 */
export class MediaSocketPlayer implements MediaTransport {
  static #isPrepared = false;
  readonly kind = 'websocket';
  readonly #events: MediaTransportEvents;
  readonly #worker: Worker;
  readonly #sound = new SoundOutput();
  readonly #stream = new MediaStream([this.#sound.track]);
  #picture: PictureOutput | undefined;
  #workerUrl = '';
  #waiting: ((counters: PlayerCounters | null) => void)[] = [];
  #counters: Counters | null = null;
  #isClosed = false;

  /** Loads the worker's script now, since by the time the player is needed the network may be down. */
  static prepare(): void {
    if (MediaSocketPlayer.#isPrepared) return;
    MediaSocketPlayer.#isPrepared = true;
    const worker = startWorker();
    worker.onmessage = () => worker.terminate();
    worker.onerror = () => worker.terminate();
  }

  constructor({ url, stereo, events }: PlayerOptions) {
    this.#events = events;
    this.#worker = startWorker();
    this.#worker.onmessage = ({ data }: MessageEvent<ToPage>) => {
      if (this.#isClosed) discard(data);
      else this.#onMessage(data, { url: url.href, surround: !stereo });
    };
    this.#worker.onerror = () => this.#fail('MEDIA_LOST');
  }

  send(event: ViewerInput): void {
    this.#toWorker({ type: 'input', event });
  }

  async pictureCounters(): Promise<PictureCounters | null> {
    const counters = await this.#count();
    return counters && pictureCounters(reportOf(counters));
  }

  async statistics({ hostChannels, hostEncryption }: StreamFacts): Promise<Statistics | null> {
    const counted = await this.#count();
    if (counted === null) return null;
    const { statistics, counters } = digest(reportOf(counted), this.#counters, hostChannels, hostEncryption);
    this.#counters = counters;
    return statistics;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#toWorker({ type: 'close' });
    this.#isClosed = true;
    for (const answer of this.#waiting.splice(0)) answer(null);
    this.#sound.close();
    for (const track of this.#stream.getTracks()) track.stop();
  }

  #onMessage(message: ToPage, { url, surround }: { url: string; surround: boolean }): void {
    switch (message.type) {
      case 'running': {
        this.#workerUrl = message.url;
        const picture = createPictureOutput({ workerMakesTracks: message.makesTracks });
        this.#picture = picture;
        if (picture.track !== null) this.#stream.addTrack(picture.track);
        const transfer = picture.way.kind === 'generator' ? [picture.way.writable] : [];
        this.#toWorker({ type: 'open', url, surround, picture: picture.way }, transfer);
        break;
      }
      case 'connected':
        this.#events.connected();
        this.#events.ready();
        break;
      case 'playing':
        this.#events.stream(this.#stream);
        break;
      case 'track':
        this.#stream.addTrack(message.track);
        break;
      case 'frame':
        this.#picture?.draw(message.frame);
        this.#toWorker({ type: 'drawn' });
        break;
      case 'sound':
        // A browser that cannot play the sound shows the picture all the same.
        this.#sound.play(this.#workerUrl, message.channels, message.port).catch(() => undefined);
        break;
      case 'feedback':
        this.#events.feedback(message.feedback);
        break;
      case 'general':
        this.#events.general(message.message);
        break;
      case 'counters':
        for (const answer of this.#waiting.splice(0)) answer(message.counters);
        break;
      case 'failed':
        this.#fail(message.code);
    }
  }

  /** null: the worker has nothing to count yet, or any more. */
  async #count(): Promise<PlayerCounters | null> {
    if (this.#isClosed || this.#picture === undefined) return null;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#toWorker({ type: 'count' });
    });
  }

  #toWorker(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#isClosed) this.#worker.postMessage(message, transfer);
  }

  #fail(code: ProblemCode): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.failed(problem(code));
  }
}

/** What came too late: frames and tracks would hold memory, and a decoder that has run out of frames stands still. */
function discard(message: ToPage): void {
  if (message.type === 'frame') message.frame.close();
  else if (message.type === 'track') message.track.stop();
  else if (message.type === 'sound') message.port.close();
}
