/** The part of `localStorage` that we use. */
export type OriginStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEEP_MS = 60 * 60_000;
const KEY = 'moonshare-udp-failed';

/**
 * Remembers for an hour that UDP did not get through to a server, in all pages of this origin. Without storage (private windows,
 * other origins' frames) as long as the page lasts. Times are ms since 1970.
 */
export class UdpMemory {
  readonly #key: string;
  readonly #storage: OriginStorage | null;
  #failedAt: number | null;

  constructor(base: URL, storage = originStorage()) {
    this.#key = `${KEY}:${base.origin}`;
    this.#storage = storage;
    this.#failedAt = this.#read();
  }

  failedRecently(now: number): boolean {
    // A time in the future means that somebody has set the clock back since.
    return this.#failedAt !== null && now >= this.#failedAt && now - this.#failedAt < KEEP_MS;
  }

  note(works: boolean, now: number): void {
    this.#failedAt = works ? null : now;
    try {
      if (works) this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, String(now));
    } catch {
      // Full or forbidden: remembered as long as the page lasts.
    }
  }

  #read(): number | null {
    try {
      const at = Number.parseInt(this.#storage?.getItem(this.#key) ?? '', 10);
      return Number.isFinite(at) ? at : null;
    } catch {
      return null;
    }
  }
}

function originStorage(): OriginStorage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
