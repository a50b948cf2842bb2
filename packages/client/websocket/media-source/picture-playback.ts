import type { KeyFrameReason, VideoConfiguration, VideoMessage } from '@moonshare/contract/browser';
import type { ProblemCode } from '../../problem.ts';
import { type Care, DecoderWatch } from '../picture/decoder-watch.ts';
import { FreezeCounter } from '../picture/freeze-counter.ts';
import type { VideoCounters } from '../player-counters.ts';
import { KeptFrames } from './kept-frames.ts';
import { LivePicture, PICTURE_TIMESCALE } from './live-picture.ts';
import { mediaSourceType } from './media-source-type.ts';
import { type AccessUnit, codingOf, readAccessUnit } from './mp4/access-unit.ts';
import { initializationSegment } from './mp4/segments.ts';
import { videoEntry } from './mp4/video-entry.ts';

/** A browser's own player takes longer to begin than a decoder. */
const STUCK_MS = 2000;

export interface PicturePlaybackEvents {
  /** Show this from now on. */
  picture(picture: LivePicture): void;
  /** Nothing can be shown, or soon cannot, until the streamer sends a key frame. */
  keyFrameNeeded(reason: KeyFrameReason): void;
  /** This frame, and the ones before it, have been shown. */
  shown(frame: number): void;
  /** The browser cannot play this stream in this way. */
  failed(code: ProblemCode): void;
  /** As of `LivePicture`. */
  leastReserveMs(newestUs: number): number;
}

/** Shows access units by way of a media source, and makes another one when it fails, or shows nothing of what it gets. */
export class PicturePlayback {
  readonly #events: PicturePlaybackEvents;
  readonly #watch = new DecoderWatch(performance.now(), STUCK_MS);
  readonly #kept = new KeptFrames();
  readonly #release = new AbortController();
  #freezes: FreezeCounter | null = null;
  #configuration: VideoConfiguration | null = null;
  #parameterSets: readonly Uint8Array[] = [];
  #picture: LivePicture | null = null;
  #framesReceived = 0;
  #framesShown = 0;
  /** Not given to the browser. */
  #leftOut = 0;
  /** What the browser counted for the pictures before this one, and for this one. */
  #before = { decoded: 0, dropped: 0 };
  #current = { decoded: 0, dropped: 0 };
  #waitedMs: number | null = null;
  #decodeMs: number | null = null;

  constructor(events: PicturePlaybackEvents) {
    this.#events = events;
    const { signal } = this.#release;
    // Nobody sees a hidden page's picture stand still.
    const onVisibility = (): void => this.#freezes?.pause();
    document.addEventListener('visibilitychange', onVisibility, { signal });
  }

  /** For the streamer's flow control. */
  get late(): number {
    return this.#picture?.late ?? 0;
  }

  get counters(): VideoCounters {
    this.#count();
    return {
      framesReceived: this.#framesReceived,
      // Older browsers do not count.
      framesDecoded: this.#before.decoded + this.#current.decoded || this.#framesShown,
      framesDropped: this.#leftOut + this.#before.dropped + this.#current.dropped,
      decodeSeconds: this.#decodeMs === null ? null : this.#decodeMs / 1000,
      bufferSeconds: this.#waitedMs === null ? null : this.#waitedMs / 1000,
      framesShown: this.#framesShown,
      freezes: this.#freezes?.count ?? null,
      width: this.#picture?.video?.videoWidth ?? 0,
      height: this.#picture?.video?.videoHeight ?? 0,
      codec: this.#configuration?.codec ?? null,
      decodeQueue: null,
    };
  }

  receive(message: VideoMessage): void {
    this.#framesReceived += 1;
    // A picture that nobody can see yet, or any more, need not move.
    if (this.#count() || this.#picture?.isSeen === false) this.#watch.decoded();
    this.#carryOut(this.#watch.received(message, this.late, performance.now()), message);
  }

  close(): void {
    this.#release.abort();
    this.#drop();
  }

  #carryOut({ decode, replace, ask }: Care, message: VideoMessage | null): void {
    if (replace) this.#drop();
    if (this.#watch.isHopeless) {
      this.#events.failed('CODEC_UNSUPPORTED');
      return;
    }
    if (ask !== null) this.#events.keyFrameNeeded(ask);
    if (message !== null && decode) this.#play(message);
    else if (message !== null) this.#leftOut += 1;
  }

  #play(message: VideoMessage): void {
    const configuration = message.configuration ?? this.#configuration;
    const coding = configuration === null ? null : codingOf(configuration.codec);
    if (configuration === null || coding === null) {
      this.#events.failed('CODEC_UNSUPPORTED');
      return;
    }
    const unit = readAccessUnit(coding, message.data);
    if (message.isKey && unit.parameterSets.length === 0) {
      this.#leftOut += 1;
      this.#carryOut(this.#watch.failed(performance.now()), null);
      return;
    }
    if (message.isKey && !this.#describe(configuration, unit)) {
      this.#events.failed('CODEC_UNSUPPORTED');
      return;
    }
    this.#picture?.add(message, unit.sample);
  }

  /** What the key frame says of those that follow. False: this browser cannot play them. */
  #describe(configuration: VideoConfiguration, { parameterSets }: AccessUnit): boolean {
    const isSame = JSON.stringify(configuration) === JSON.stringify(this.#configuration);
    if (this.#picture !== null && isSame && areEqual(parameterSets, this.#parameterSets)) return true;
    const { codec, width, height } = configuration;
    const type = `video/mp4; codecs="${codec}"`;
    const coding = codingOf(codec);
    const entry = coding === null ? null : videoEntry(coding, configuration, parameterSets);
    if (entry === null || mediaSourceType()?.isTypeSupported(type) !== true) return false;
    if (!isSame) this.#drop();
    this.#configuration = configuration;
    this.#parameterSets = parameterSets;
    const isNew = this.#picture === null;
    const picture = this.#picture ?? this.#begin(type);
    picture.initialize(initializationSegment({ timescale: PICTURE_TIMESCALE, entry, picture: { width, height } }));
    if (isNew) this.#events.picture(picture);
    return true;
  }

  #begin(type: string): LivePicture {
    const picture = new LivePicture(type, this.#kept, {
      shown: (frame, waitedMs, decodeMs) => this.#onShown(frame, waitedMs, decodeMs),
      keyFrameNeeded: () => this.#events.keyFrameNeeded('nothingShown'),
      failed: () => {
        if (this.#picture === picture) this.#carryOut(this.#watch.failed(performance.now()), null);
      },
      leastReserveMs: (newestUs) => this.#events.leastReserveMs(newestUs),
    });
    this.#picture = picture;
    return picture;
  }

  #onShown(frame: number, waitedMs: number, decodeMs: number | null): void {
    this.#watch.decoded();
    this.#framesShown += 1;
    this.#waitedMs = (this.#waitedMs ?? 0) + waitedMs - (decodeMs ?? 0);
    if (decodeMs !== null) this.#decodeMs = (this.#decodeMs ?? 0) + decodeMs;
    this.#freezes ??= new FreezeCounter();
    this.#freezes.shown(performance.now());
    this.#events.shown(frame);
  }

  /** Whether the browser has decoded any more frames. */
  #count(): boolean {
    const quality = this.#picture?.video?.getVideoPlaybackQuality?.();
    if (quality === undefined) return false;
    const isMore = quality.totalVideoFrames > this.#current.decoded;
    this.#current = { decoded: quality.totalVideoFrames, dropped: quality.droppedVideoFrames };
    return isMore;
  }

  #drop(): void {
    this.#count();
    this.#before.decoded += this.#current.decoded;
    this.#before.dropped += this.#current.dropped;
    this.#current = { decoded: 0, dropped: 0 };
    this.#picture?.close();
    this.#picture = null;
  }
}

function areEqual(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((one, index) => one.toString() === b[index]!.toString());
}
