import type { MediaTarget } from './host-media-socket.ts';

export type Media = 'video' | 'audio';
/** How a ping was matched: by the payload it echoes, or plain and by its address. */
export type PingMatch = 'echoed' | 'plain';

/** Pings that come within so long are read in one go, ms. */
const MOMENT_MS = 10;

/**
 * Sunshine waits for the first ping of each stream with one record of who sent it. Pings of both streams that are read in
 * one go leave one sender there: both streams go to the one that came last, for good (protocol/5).
 */
export class FirstPings {
  readonly #found: (media: Media, match: PingMatch, target: MediaTarget) => void;
  readonly #restartSilenceTimer = new Map<Media, PingMatch>();
  #sender: MediaTarget | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** `found` says where a stream goes. */
  constructor(found: (media: Media, match: PingMatch, target: MediaTarget) => void) {
    this.#found = found;
  }

  /** A ping of a stream that does not know yet where to go. */
  receive(media: Media, match: PingMatch, from: MediaTarget): void {
    this.#restartSilenceTimer.set(media, match);
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
    for (const [media, match] of this.#restartSilenceTimer) this.#found(media, match, sender);
    this.#restartSilenceTimer.clear();
  }
}
