import { type ReceiveCounters, StallDetector } from './stall-detector.ts';

export interface ConnectionMonitorOptions {
  counters(): Promise<ReceiveCounters | null>;
  /** Asks the server whether it is still there. */
  ask(): void;
  /** Media do not arrive although the server answers. Called again for as long as that is so. */
  stalled(how: 'stalling' | 'stalled'): void;
  /** The server does not answer. Called once. */
  lost(): void;
}

/** `navigator.connection`, where a browser has it. */
type NetworkInformation = EventTarget | undefined;

/** Watches one socket and what carries its media in real time, until closed or lost. */
export class ConnectionMonitor {
  readonly #options: ConnectionMonitorOptions;
  readonly #detector = new StallDetector(performance.now());
  readonly #release = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionMonitorOptions) {
    this.#options = options;
    const { signal } = this.#release;
    onNetworkChange(() => this.#onNetworkChange(), signal);
    this.#schedule();
  }

  /** Media seem not to arrive, but that is not certain yet. */
  get isSuspicious(): boolean {
    return this.#detector.isSuspicious;
  }

  answered(): void {
    this.#detector.answered(performance.now());
  }

  /** ms; null: never. */
  frameSent(ageMs: number | null): void {
    this.#detector.frameSent(ageMs, performance.now());
  }

  close(): void {
    this.#release.abort();
    clearTimeout(this.#timer);
  }

  #onNetworkChange(): void {
    this.#detector.networkChanged(performance.now());
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const delay = Math.max(1, this.#detector.wakeAt - performance.now());
    this.#timer = setTimeout(() => void this.#look(), delay);
  }

  async #look(): Promise<void> {
    const counters = await this.#options.counters().catch(() => null);
    if (this.#release.signal.aborted) return;
    const verdict = this.#detector.look(counters, performance.now());
    this.#schedule();
    if (verdict === 'ask') this.#options.ask();
    else if (verdict === 'unanswered') {
      this.close();
      this.#options.lost();
    } else if (verdict !== null) this.#options.stalled(verdict);
  }
}

/** The browser is online again, or has changed networks. */
export function onNetworkChange(changed: () => void, signal: AbortSignal): void {
  const { connection } = navigator as Navigator & { connection?: NetworkInformation };
  globalThis.addEventListener?.('online', changed, { signal });
  connection?.addEventListener('change', changed, { signal });
}
