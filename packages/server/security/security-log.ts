import { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import { addressKey, plainAddress } from '../auth/address.ts';
import { LimitError } from '../auth/limit-error.ts';
import { SECURITY_EVENTS, type SecurityEvent, type SecurityEventName } from './events.ts';
import { LineBudget } from './line-budget.ts';

/** One line at info for each event, its name and address first: docs/logging.md, deploy/fail2ban. */
export class SecurityLog {
  readonly #log: Logger;
  readonly #count: (event: SecurityEventName) => void;
  readonly #budget = new LineBudget();

  /** `count`: every event, also those that are too many for lines. */
  constructor(log: Logger, count: (event: SecurityEventName) => void) {
    this.#log = log;
    this.#count = count;
  }

  /** `address`: where it comes from, as our proxies say; null: nobody asked for it, it followed from something else. */
  record(address: string | null, { event, ...about }: SecurityEvent, now = performance.now()): void {
    this.#count(event);
    const { message, byAnybody } = SECURITY_EVENTS[event];
    if (byAnybody && !this.#mayWrite(`${event} ${addressKey(address ?? '')}`, now)) return;
    const from = address === null ? null : (plainAddress(address) ?? 'unknown');
    this.#log.info({ event, address: from, ...about }, message);
  }

  /** Whoever met a limit. Other errors are passed over. */
  refused(address: string, error: unknown): void {
    if (error instanceof LimitError) this.record(address, { event: 'limit.reached', limit: error.limit });
  }

  #mayWrite(key: string, now: number): boolean {
    const { write, suppressedBefore } = this.#budget.spend(key, now);
    if (suppressedBefore > 0) {
      this.#log.info({ lines: suppressedBefore }, 'too many failures: lines were left out');
    }
    return write;
  }
}

/** Takes something away and records it: what is withdrawn counts as such even if the database cannot be written. */
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
