import { BudgetAccounts, VIEWER_ALLOWANCES, type ViewerAccount, type ViewerSpending } from '@moonshare/contract';

/** Which viewers are here, and the budget of each. Pure; times are monotonic ms. */
export class Spending {
  readonly #accounts = new BudgetAccounts<ViewerSpending>(VIEWER_ALLOWANCES);
  readonly #here = new Map<string, { account: ViewerAccount; owners: readonly string[] }>();

  /** `owners`: whom it is charged to, so that leaving and rejoining gives nothing back. */
  join(id: string, owners: readonly string[], now: number): ViewerAccount {
    const account = this.#accounts.open(owners, now);
    this.#here.set(id, { account, owners });
    return account;
  }

  /** null: not here. */
  of(id: string): ViewerAccount | null {
    return this.#here.get(id)?.account ?? null;
  }

  leave(id: string, now: number): void {
    const one = this.#here.get(id);
    this.#here.delete(id);
    if (one !== undefined) this.#accounts.close(one.account, one.owners, now);
  }
}
