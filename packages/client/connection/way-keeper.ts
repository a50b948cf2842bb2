import { type WayCounters, WayWatch } from './way-watch.ts';

export interface WayKeeperOptions {
  counters(): Promise<WayCounters | null>;
  /** Sends the question to the server. */
  ask(): void;
  /** Called once. */
  lost(): void;
}

/** `navigator.connection`, where a browser has it. */
type NetworkInformation = EventTarget | undefined;

/** Watches over one socket and its peer connection on real time, until it is closed or lost. */
export class WayKeeper {
  readonly #o: WayKeeperOptions;
  readonly #watch = new WayWatch(performance.now());
  readonly #release = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WayKeeperOptions) {
    this.#o = options;
    const { signal } = this.#release;
    onNetworkNews(() => this.#onNews(), signal);
    this.#schedule();
  }

  answered(): void {
    this.#watch.answered(performance.now());
  }

  /** ms; null: never. */
  sent(ageMs: number | null): void {
    this.#watch.sent(ageMs, performance.now());
  }

  close(): void {
    this.#release.abort();
    clearTimeout(this.#timer);
  }

  #onNews(): void {
    this.#watch.news(performance.now());
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const delay = Math.max(1, this.#watch.wakeAt - performance.now());
    this.#timer = setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    const counters = await this.#o.counters().catch(() => null);
    if (this.#release.signal.aborted) return;
    const verdict = this.#watch.look(counters, performance.now());
    if (verdict === 'ask') this.#o.ask();
    if (verdict !== 'lost') return this.#schedule();
    this.close();
    this.#o.lost();
  }
}

/** The browser tells that it is online again, or that its network is another one. */
export function onNetworkNews(heard: () => void, signal: AbortSignal): void {
  const { connection } = navigator as Navigator & { connection?: NetworkInformation };
  globalThis.addEventListener?.('online', heard, { signal });
  connection?.addEventListener('change', heard, { signal });
}
