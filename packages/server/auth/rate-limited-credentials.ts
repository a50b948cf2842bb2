import type { Credentials } from './credentials.ts';
import type { FailureLimiter } from './failure-limiter.ts';
import { RateLimitedError } from './limit-error.ts';

/** Callers that have shown the credentials; beyond that the oldest is forgotten. */
const MAX_KNOWN = 1_000;
/** Our own tokens, including signed ones: too long to guess, and nothing like a guess at the credentials. */
const TOKEN = /^(ms[a-z]_\d+_[\w-]{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+)$/;
/** How long callers wait where the credentials have been shown before and are being guessed at now. */
export const HOLD_MS = 500;

export function looksLikeToken(secret: string): boolean {
  return TOKEN.test(secret);
}

/** Where a caller that shows credentials comes from. */
export interface RequestSource {
  address: string;
  /** What limits count it as. */
  key: string;
  /** The address plus what an unknown proxy reports about its client: tells a platform behind one from others there. */
  path: string;
}

/**
 * The shared credentials: callers that guess have to wait longer and longer, and are refused unchecked meanwhile. Not so where the
 * credentials were shown before, as a platform must not be locked out by others behind the same proxy, nor by a client with old
 * credentials: there, everyone waits for a moment (`holdMs`) and is then checked.
 */
export class RateLimitedCredentials {
  readonly #credentials: Credentials;
  readonly #strange: FailureLimiter;
  readonly #shown: FailureLimiter;
  readonly #known = new Set<string>();

  /** Failures from where the credentials were never shown, and from where they were: outdated programs are common there. */
  constructor(credentials: Credentials, { strange, shown }: { strange: FailureLimiter; shown: FailureLimiter }) {
    this.#credentials = credentials;
    this.#strange = strange;
    this.#shown = shown;
  }

  /** How long to delay it before `match`, in ms. `now`: monotonic ms. */
  holdMs(candidate: string, from: RequestSource, now = performance.now()): number {
    if (looksLikeToken(candidate) || !this.#known.has(from.path)) return 0;
    return Math.min(HOLD_MS, this.#shown.wait(from.path, now));
  }

  /** Whether the candidate is right. Throws RATE_LIMITED. */
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
