import type { MediaTarget } from './host-media-socket.ts';

export type Media = 'video' | 'audio';
/** How a ping was matched: by the payload it echoes, or plain and by its address. */
export type PingMatch = 'echoed' | 'plain';

/** Pings that arrive within this time are read together, ms. */
const MOMENT_MS = 10;

/**
 * Sunshine waits for the first ping of each stream with a single record of its sender. If pings of both streams are read
 * together only one sender remains, and both streams go to whichever came last, for good (protocol/5).
 */
export class FirstPings {
  readonly #found: (media: Media, match: PingMatch, target: MediaTarget) => void;
  readonly #unread = new Map<Media, PingMatch>();
  #sender: MediaTarget | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** `found` reports where a stream goes. */
  constructor(found: (media: Media, match: PingMatch, target: MediaTarget) => void) {
    this.#found = found;
  }

  /** A ping of a stream whose target is not known yet. */
  receive(media: Media, match: PingMatch, from: MediaTarget): void {
    this.#unread.set(media, match);
    this.#sender = { address: from.address, port: from.port };
    this.#timer ??= setTimeout(() => this.#read(), MOMENT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #read(): void {
    this.#timer = undefined;
    const sender = this.#sender;
    if (sender === null) return;
    for (const [media, match] of this.#unread) this.#found(media, match, sender);
    this.#unread.clear();
  }
}
