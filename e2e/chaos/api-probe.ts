import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../harness/api.ts';
import { now } from './clock.ts';

const EVERY_MS = 500;

/** An operator who polls the list of streamers all the time: it must answer whatever happens to them. */
export class ApiProbe {
  readonly #api: Api;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  #refusals: string[] = [];
  #slowestMs = 0;

  constructor(api: Api) {
    this.#api = api;
    this.#running = this.#run();
  }

  /** Since the last call: the requests that failed, and the longest time an answer took. */
  take(): { refusals: string[]; slowestMs: number } {
    const seen = { refusals: this.#refusals, slowestMs: this.#slowestMs };
    this.#refusals = [];
    this.#slowestMs = 0;
    return seen;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const from = now();
      try {
        await this.#api.call('GET', '/api/streamers');
        this.#slowestMs = Math.max(this.#slowestMs, now() - from);
      } catch (error) {
        this.#refusals.push(String(error));
      }
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
