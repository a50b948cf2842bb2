import { Budget, JOIN_ALLOWANCES } from '@moonshare/contract';
import { LimitError } from '../auth/limit-error.ts';
import type { Owner } from '../auth/owner.ts';

/** After this time without joins, a budget is full again. */
const FORGET_MS = 60_000;
const MAX_KEYS = 4096;

/** Limits how often browsers join: from one address, and with one link, whoever uses it. Pure; times are monotonic ms. */
export class JoinLimiter {
  readonly #addresses = new Budgets(JOIN_ALLOWANCES.address);
  readonly #links = new Budgets(JOIN_ALLOWANCES.link);

  /** Throws RATE_LIMITED. */
  check(owner: Owner, now: number): void {
    if (this.allows(owner, now)) return;
    const message = 'Too many browsers joined from this address or with this link';
    throw new LimitError('RATE_LIMITED', 'viewer-joins', { message });
  }

  /** Whether it may join now. What is refused to an address is not charged to the link. */
  allows({ address, linkId }: Owner, now: number): boolean {
    return this.#addresses.spend(address, now) && (linkId === null || this.#links.spend(String(linkId), now));
  }
}

class Budgets {
  readonly #allowance: { burst: number; perSecond: number };
  /** The most recently used is last. */
  readonly #budgets = new Map<string, { budget: Budget; at: number }>();

  constructor(allowance: { burst: number; perSecond: number }) {
    this.#allowance = allowance;
  }

  spend(key: string, now: number): boolean {
    const { budget } = this.#budgets.get(key) ?? { budget: new Budget(this.#allowance, now) };
    this.#budgets.delete(key);
    this.#budgets.set(key, { budget, at: now });
    for (const [oldest, { at }] of this.#budgets) {
      if (now - at < FORGET_MS && this.#budgets.size <= MAX_KEYS) break;
      this.#budgets.delete(oldest);
    }
    return budget.spend(1, now) === 'within';
  }
}
