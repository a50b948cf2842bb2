import type { Credentials } from './credentials.ts';
import { RateLimitedError, type Throttle } from './throttle.ts';

/** Addresses that have shown the credentials; beyond, the one that came first is forgotten. */
const MAX_KNOWN = 1_000;
/** Tokens of ours, a signed one included: too long to guess, and not what a guess at the credentials looks like. */
const TOKEN = /^(ms[a-z]_\d+_[\w-]{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+)$/;

/**
 * The shared credentials in Bearer headers: who guesses at them has to wait longer and longer. Not so at an address that has
 * shown them: a platform must not be shut out by others behind the same address, or by a client with old credentials.
 */
export class GuardedCredentials {
  readonly #credentials: Credentials;
  readonly #throttle: Throttle;
  readonly #known = new Set<string>();

  constructor(credentials: Credentials, throttle: Throttle) {
    this.#credentials = credentials;
    this.#throttle = throttle;
  }

  /** Whether these are they. `key`: whom limits count it to. `now`: monotonic ms. Throws RATE_LIMITED. */
  match(candidate: string, key: string, now = performance.now()): boolean {
    if (this.#known.has(key) || TOKEN.test(candidate)) return this.#credentials.match(candidate);
    const wait = this.#throttle.attempt(key, now);
    if (wait > 0) throw new RateLimitedError(wait);
    if (!this.#credentials.match(candidate)) return false;
    this.#throttle.succeed(key);
    this.#known.add(key);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value!);
    return true;
  }
}
