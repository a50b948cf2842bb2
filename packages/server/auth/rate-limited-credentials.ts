import type { Credentials } from './credentials.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { RateLimitedError } from './limit-error.ts';

/** Callers that have shown the credentials; beyond, the one that came first is forgotten. */
const MAX_KNOWN = 1_000;
/** Tokens of ours, a signed one included: too long to guess, and not what a guess at the credentials looks like. */
const TOKEN = /^(ms[a-z]_\d+_[\w-]{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+)$/;
/** How long each of those is kept waiting who come from where the credentials were shown and are guessed at now. */
export const HOLD_MS = 500;

export function looksLikeToken(secret: string): boolean {
  return TOKEN.test(secret);
}

/** Where somebody comes from who shows credentials. */
export interface RequestSource {
  address: string;
  /** Whom limits count it to. */
  key: string;
  /** The address and what a proxy that we do not know says of its own client: a platform behind one is told from others there. */
  path: string;
}

/**
 * The shared credentials: who guesses at them has to wait longer and longer, and is refused meanwhile without a look. Not so where
 * they were shown before: a platform must not be shut out by others behind the same proxy, nor by a client with old credentials.
 * There each is kept waiting for a moment (`holdMs`), and looked at.
 */
export class RateLimitedCredentials {
  readonly #credentials: Credentials;
  readonly #strange: FailureLimiter;
  readonly #shown: FailureLimiter;
  readonly #known = new Set<string>();

  /** Failures from where the credentials were never shown, and from where they were: old programs are usual there. */
  constructor(credentials: Credentials, { strange, shown }: { strange: FailureLimiter; shown: FailureLimiter }) {
    this.#credentials = credentials;
    this.#strange = strange;
    this.#shown = shown;
  }

  /** How long to let it wait before `match`, ms. `now`: monotonic ms. */
  holdMs(candidate: string, from: RequestSource, now = performance.now()): number {
    if (looksLikeToken(candidate) || !this.#known.has(from.path)) return 0;
    return Math.min(HOLD_MS, this.#shown.wait(from.path, now));
  }

  /** Whether these are they. Throws RATE_LIMITED. */
  match(candidate: string, from: RequestSource, now = performance.now()): boolean {
    if (looksLikeToken(candidate)) return this.#credentials.match(candidate);
    return this.#known.has(from.path)
      ? this.#matchKnown(candidate, from, now)
      : this.#matchStrange(candidate, from, now);
  }

  #matchKnown(candidate: string, { path }: RequestSource, now: number): boolean {
    if (this.#credentials.match(candidate)) return true;
    const wait = this.#shown.wait(path, now);
    this.#shown.count(path, now);
    if (wait > 0) throw new RateLimitedError(wait, 'credentials');
    return false;
  }

  #matchStrange(candidate: string, { key, path }: RequestSource, now: number): boolean {
    const wait = this.#strange.attempt(key, now);
    if (wait > 0) throw new RateLimitedError(wait, 'credentials');
    if (!this.#credentials.match(candidate)) return false;
    this.#strange.succeed(key);
    this.#known.add(path);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value!);
    return true;
  }
}
