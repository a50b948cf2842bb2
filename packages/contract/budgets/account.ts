import { type Allowance, Budget, type Spent } from './budget.ts';

/** All budgets of one viewer. Pure; times are monotonic ms. */
export class Account<K extends string> {
  readonly #budgets: ReadonlyMap<K, Budget>;

  constructor(allowances: Readonly<Record<K, Allowance>>, now: number) {
    const names = Object.keys(allowances) as K[];
    this.#budgets = new Map(names.map((name) => [name, new Budget(allowances[name], now)]));
  }

  spend(what: K, cost: number, now: number): Spent {
    return this.#budgets.get(what)!.spend(cost, now);
  }

  /** The smallest share that is left of any budget. */
  share(now: number): number {
    return Math.min(...[...this.#budgets.values()].map((budget) => budget.share(now)));
  }
}
