import type { AudioConfiguration, AudioMessage } from '@moonshare/contract/browser';
import { SOUND_RATE } from '../sound/sound-port.ts';
import { LiveEdge } from './live-edge.ts';
import { mediaSourceType } from './media-source-type.ts';
import { opusEntry } from './mp4/opus-entry.ts';
import { initializationSegment, mediaSegment, type Sample } from './mp4/segments.ts';
import { PacketTimes } from './packet-times.ts';
import { SourceBufferQueue } from './source-buffer-queue.ts';

const TYPE = 'audio/mp4; codecs="opus"';
/** So much sound makes a segment: single packets of 5 ms would keep browsers busy. */
const SEGMENT_MS = 20;
/** Browsers begin with about 200 ms, and then need much less. */
const RESERVE = { least: 60, most: 240, step: 30 };
/** Sound that has been heard, or that nobody may hear yet, is removed when it is older than this; every so often. */
const KEPT_MS = 3000;
const REMOVE_EVERY_MS = 3000;
/** After a jump, running out says nothing for so long. */
const SETTLES_MS = 1000;
/** After this many failures the sound is given up. */
const MAX_FAILURES = 5;

/**
 * Plays Opus packets in an element of its own. In one element with the picture, the picture would have to wait for the 200 ms of sound with which browsers
 * begin, after each gap too, and would stop wherever the sound does.
 */
export class SoundPlayback {
  readonly #element = document.createElement('audio');
  readonly #edge = new LiveEdge(RESERVE);
  #layout: AudioConfiguration | null = null;
  #queue: SourceBufferQueue | null = null;
  #times = new PacketTimes(0);
  #collected: Sample[] = [];
  /** Where the collected samples begin. */
  #collectedUs = 0;
  #segments = 0;
  #endUs = 0;
  #removedMs = 0;
  #jumpedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  /** Resolved once there is something to play. */
  readonly #begun = Promise.withResolvers<void>();
  #followed: { video: HTMLVideoElement; release: AbortController } | null = null;
  #isClosed = false;

  static get isSupported(): boolean {
    return mediaSourceType()?.isTypeSupported(TYPE) === true;
  }

  constructor() {
    this.#element.addEventListener('waiting', () => this.#onWaiting());
  }

  /** null: nothing has come yet. */
  get channels(): number | null {
    return this.#layout?.mapping.length ?? null;
  }

  /** The presentation time of what is heard, us; null: nothing is. */
  get heardUs(): number | null {
    if (this.#element.paused || this.#element.currentTime === 0) return null;
    return this.#times.presented(this.#element.currentTime * 1e6);
  }

  /** As loud as this video, and silent while it is muted. */
  follow(video: HTMLVideoElement): void {
    this.unfollow();
    const release = new AbortController();
    const { signal } = release;
    this.#followed = { video, release };
    const copy = (): void => {
      this.#element.volume = video.volume;
      if (video.muted) this.#element.pause();
      else this.play().catch(() => undefined);
    };
    copy();
    for (const type of ['volumechange', 'play']) video.addEventListener(type, copy, { signal });
    // Browsers pause the picture of a hidden page by themselves.
    video.addEventListener('pause', () => document.hidden || this.#element.pause(), { signal });
  }

  unfollow(): void {
    this.#followed?.release.abort();
    this.#followed = null;
  }

  /** Waits until there is sound. Rejects where the person has to click first. */
  async play(): Promise<void> {
    if (this.#followed?.video.muted) return;
    await this.#begun.promise;
    const video = this.#followed?.video;
    if (video === undefined || video.muted || video.paused || this.#queue === null) return;
    if (this.#element.paused) await this.#element.play();
  }

  receive({ configuration, sequence, timeUs, data }: AudioMessage): void {
    if (configuration !== null && !isSame(configuration, this.#layout)) this.#configure(configuration);
    if (this.#layout === null || this.#queue === null) return;
    const time = this.#times.next(sequence, timeUs);
    if (time === null) return;
    const packetUs = this.#layout.packetMs * 1000;
    const begin = time.startUs - time.replaced * packetUs;
    const sample = { duration: (packetUs * SOUND_RATE) / 1e6, isSync: true, data };
    if (begin !== this.#endUs) this.#flush();
    if (this.#collected.length === 0) this.#collectedUs = begin;
    this.#collected.push(...Array.from({ length: time.replaced }, () => this.#collected.at(-1) ?? sample), sample);
    this.#endUs = time.startUs + packetUs;
    if (this.#endUs - this.#collectedUs >= SEGMENT_MS * 1000) this.#flush();
  }

  close(): void {
    this.#isClosed = true;
    this.#begun.resolve();
    this.unfollow();
    this.#queue?.close();
    this.#queue = null;
    this.#element.pause();
    this.#element.removeAttribute('src');
  }

  #configure(layout: AudioConfiguration): void {
    this.#layout = layout;
    this.#failures = 0;
    this.#begin(layout);
  }

  #begin(layout: AudioConfiguration): void {
    this.#queue?.close();
    this.#times = new PacketTimes(layout.packetMs * 1000);
    this.#collected = [];
    this.#endUs = 0;
    this.#removedMs = 0;
    this.#queue = new SourceBufferQueue(this.#element, TYPE, {
      overflowed: () => this.#onFailure(),
      failed: () => this.#onFailure(),
    });
    const track = { timescale: SOUND_RATE, entry: opusEntry(layout), picture: null };
    this.#queue.append(initializationSegment(track));
    this.#begun.resolve();
    this.play().catch(() => undefined);
  }

  #onFailure(): void {
    this.#queue?.close();
    this.#queue = null;
    this.#failures += 1;
    if (this.#layout !== null && this.#failures <= MAX_FAILURES && !this.#isClosed) this.#begin(this.#layout);
  }

  #flush(): void {
    if (this.#collected.length === 0) return;
    // What is left when it comes.
    this.#follow(this.#collectedUs);
    this.#segments += 1;
    const time = Math.round((this.#collectedUs * SOUND_RATE) / 1e6);
    this.#queue?.append(mediaSegment(this.#segments, time, this.#collected));
    this.#collected = [];
    this.#follow(this.#endUs);
  }

  /** `newestUs`: where that ends which the browser has got. */
  #follow(newestUs: number): void {
    const now = performance.now();
    const newestMs = newestUs / 1000;
    if (newestMs - KEPT_MS > this.#removedMs + REMOVE_EVERY_MS) {
      this.#removedMs = newestMs - KEPT_MS;
      this.#queue?.remove(this.#removedMs / 1000);
    }
    if (this.#element.paused) return;
    const atMs = this.#element.currentTime * 1000;
    const { rate, jumpToMs } = this.#edge.follow({ atMs, newestMs, entryMs: null, beginsMs: this.#removedMs }, now);
    if (this.#element.playbackRate !== rate) this.#element.playbackRate = rate;
    if (jumpToMs === null) return;
    this.#jumpedAt = now;
    this.#element.currentTime = jumpToMs / 1000;
  }

  /** After a jump it is filling up by itself. */
  #onWaiting(): void {
    const now = performance.now();
    if (now - this.#jumpedAt > SETTLES_MS) this.#edge.ranOut(now);
  }
}

function isSame(a: AudioConfiguration, b: AudioConfiguration | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
