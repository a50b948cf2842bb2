/** A value that costs a request: kept for a while, and fetched once for all callers at the same time. */
export class Cached<T> {
  readonly #fetch: () => Promise<T>;
  #value: { value: T; at: number } | null = null;
  #pending: Promise<T> | null = null;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** The last value, however old. */
  get last(): T | null {
    return this.#value?.value ?? null;
  }

  /** A value no older than `maxAgeMs`. */
  async get(maxAgeMs: number): Promise<T> {
    if (this.#value !== null && performance.now() - this.#value.at < maxAgeMs) return this.#value.value;
    this.#pending ??= this.#fetch()
      .then((value) => this.set(value))
      .finally(() => {
        this.#pending = null;
      });
    return this.#pending;
  }

  set(value: T): T {
    this.#value = { value, at: performance.now() };
    return value;
  }

  forget(): void {
    this.#value = null;
  }
}
