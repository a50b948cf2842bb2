import { Account } from './account.ts';
import type { Allowance } from './budget.ts';

/** An account not resumed for this long is forgotten; by then all its budgets have long been full again. */
const KEPT_MS = 5 * 60_000;
const MAX_LEFT = 1024;

interface Left<K extends string> {
  account: Account<K>;
  owners: readonly string[];
  at: number;
}

/**
 * Whoever leaves and comes back carries on with what was left: the next viewer from the same address or with the same link resumes
 * an account that was left, the emptiest first. Viewers present at the same time have separate accounts, so that people behind one
 * address do not pay for each other. Pure; times are monotonic ms.
 */
export class BudgetAccounts<K extends string> {
  readonly #allowances: Readonly<Record<K, Allowance>>;
  /** In the order they were left. */
  readonly #left = new Set<Left<K>>();

  constructor(allowances: Readonly<Record<K, Allowance>>) {
    this.#allowances = allowances;
  }

  /** How many accounts wait to be resumed. */
  get size(): number {
    return this.#left.size;
  }

  /** `owners`: whom it is charged to, by address, link or user. */
  open(owners: readonly string[], now: number): Account<K> {
    let [found, least]: [Left<K> | null, number] = [null, Number.POSITIVE_INFINITY];
    for (const left of this.#left) {
      if (now - left.at > KEPT_MS) this.#left.delete(left);
      else if (left.owners.some((owner) => owners.includes(owner))) {
        const share = left.account.share(now);
        if (share < least) [found, least] = [left, share];
      }
    }
    if (found === null) return new Account(this.#allowances, now);
    this.#left.delete(found);
    return found.account;
  }

  /** The viewer has left. */
  close(account: Account<K>, owners: readonly string[], now: number): void {
    this.#left.add({ account, owners, at: now });
    for (const oldest of this.#left) {
      if (this.#left.size <= MAX_LEFT) return;
      this.#left.delete(oldest);
    }
  }
}
