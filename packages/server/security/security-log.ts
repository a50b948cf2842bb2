import { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Actor } from '../auth/actor.ts';
import { addressKey, plainAddress } from '../auth/address.ts';
import { LimitError } from '../auth/limit-error.ts';
import { SECURITY_EVENTS, type SecurityEvent } from './events.ts';
import { LineBudget } from './line-budget.ts';

/** Told of every event, even if it gets no line. `by`: the caller, if it is a known one. */
type Follower = (event: SecurityEvent, address: string | null, by: Actor | null) => void;

/** One line at info for each event, its name and address first: docs/logging.md, deploy/fail2ban. */
export class SecurityLog {
  readonly #log: Logger;
  readonly #followers: readonly Follower[];
  readonly #budget = new LineBudget();

  constructor(log: Logger, followers: readonly Follower[] = []) {
    this.#log = log;
    this.#followers = followers;
  }

  /** `address`: the origin as reported by our proxies; null: nobody requested it, it followed from something else. */
  record(address: string | null, security: SecurityEvent, by: Actor | null = null): void {
    for (const follower of this.#followers) follower(security, address, by);
    const { event, ...about } = security;
    const { message, byAnybody } = SECURITY_EVENTS[event];
    if (byAnybody && !this.#mayWrite(`${event} ${addressKey(address ?? '')}`)) return;
    const from = address === null ? null : (plainAddress(address) ?? 'unknown');
    this.#log.info({ event, address: from, ...about }, message);
  }

  /** Records that a limit was reached; other errors are ignored. */
  refused(address: string, error: unknown): void {
    if (error instanceof LimitError) this.record(address, { event: 'limit.reached', limit: error.limit });
  }

  #mayWrite(key: string): boolean {
    const { write, suppressedBefore } = this.#budget.spend(key, performance.now());
    if (suppressedBefore > 0) {
      this.#log.info({ lines: suppressedBefore }, 'too many failures: lines were omitted');
    }
    return write;
  }
}

/** Revokes something and records it, even if the database cannot be written: the revocation holds all the same. */
export async function withdrawing<T>(act: () => T | Promise<T>, record: () => void): Promise<T> {
  try {
    const result = await act();
    record();
    return result;
  } catch (error) {
    if (error instanceof MoonshareError && error.code === 'STORE_UNWRITABLE') record();
    throw error;
  }
}
