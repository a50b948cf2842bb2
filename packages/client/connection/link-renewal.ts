/** The part of `sessionStorage` that is used. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The renewal of one link in one tab, kept across reloads, so that the tab counts as one use and is asked for the PIN once.
 * Without storage (private windows, other origins' frames) it lasts as long as the page.
 */
export class LinkRenewal {
  readonly #key: string;
  readonly #link: string;
  readonly #storage: TabStorage | null;
  #value: string | null;

  constructor(options: { base: URL; streamerId: string; link: string }, storage = tabStorage()) {
    this.#key = `moonshare-renewal:${options.base.pathname}:${options.streamerId}`;
    this.#link = options.link;
    this.#storage = storage;
    this.#value = this.#read();
  }

  get value(): string | null {
    return this.#value;
  }

  set value(value: string | null) {
    this.#value = value;
    try {
      if (value === null) this.#storage?.removeItem(this.#key);
      else this.#storage?.setItem(this.#key, JSON.stringify([this.#link, value]));
    } catch {
      // Full or forbidden: the renewal lasts as long as the page.
    }
  }

  /** Also null for another link's renewal. */
  #read(): string | null {
    try {
      const [link, value] = JSON.parse(this.#storage?.getItem(this.#key) ?? '[]') as unknown[];
      return link === this.#link && typeof value === 'string' ? value : null;
    } catch {
      return null;
    }
  }
}

function tabStorage(): TabStorage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}
