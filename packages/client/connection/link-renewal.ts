/** What of `sessionStorage` is used. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The renewal of one link in one tab, kept over a reload: the link counts the tab as one use and asks for its PIN once.
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
      // Full or forbidden: it lasts as long as the page.
    }
  }

  /** null too for the renewal of another link. */
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
