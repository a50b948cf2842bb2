import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VIEWER_ALLOWANCES } from './allowances.ts';
import { type Allowance, Budget } from './budget.ts';
import { BudgetAccounts } from './budget-accounts.ts';
import { TokenBucket } from './token-bucket.ts';

const ALLOWANCES = { words: { burst: 10, perSecond: 2, patience: 5 }, bytes: { burst: 100, perSecond: 10 } };

describe('a token bucket', () => {
  it('that is never refilled allows its burst, once', () => {
    const bucket = new TokenBucket(2);
    assert.equal(bucket.available(5, 0), 2);
    assert.equal(bucket.readyAt(2, 0), 5);
    bucket.spend(2);
    assert.equal(bucket.available(1e9, 0), 0);
    assert.equal(bucket.readyAt(1, 0), Number.POSITIVE_INFINITY);
  });
});

describe('a budget', () => {
  it('allows a burst, then its rate for as long as it lasts', () => {
    const budget = new Budget(ALLOWANCES.words, 0);
    const passed = (tries: number, now: number) =>
      Array.from({ length: tries }, () => budget.spend(1, now)).filter((spent) => spent === 'within').length;
    assert.equal(passed(12, 0), 10);
    assert.equal(passed(3, 1000), 2);
    assert.equal(passed(12, 1_000_000), 10);
    for (let now = 1_000_500; now < 1_100_000; now += 500) assert.equal(passed(1, now), 1);
  });

  it('drops surplus, and reports when there has been too much of it', () => {
    const budget = new Budget(ALLOWANCES.words, 0);
    for (let word = 0; word < 10; word += 1) budget.spend(1, 0);
    const spent = Array.from({ length: 6 }, () => budget.spend(1, 0));
    assert.deepEqual(spent, ['surplus', 'surplus', 'surplus', 'surplus', 'surplus', 'persistent']);
  });

  it('forgives surplus over time, and without a patience limit never reports too much', () => {
    const budget = new Budget(ALLOWANCES.words, 0);
    for (let word = 0; word < 15; word += 1) budget.spend(1, 0);
    // Ten seconds earn twenty, of which a quarter is forgiven.
    for (let word = 0; word < 15; word += 1) assert.notEqual(budget.spend(1, 10_000), 'persistent');
    const bytes = new Budget(ALLOWANCES.bytes, 0);
    for (let byte = 0; byte < 10_000; byte += 1) assert.notEqual(bytes.spend(1, 0), 'persistent');
  });

  it('reports a sender at twice the rate, but not one at half the rate', () => {
    for (const [allowance] of Object.values<Allowance>(VIEWER_ALLOWANCES).map((one) => [one] as const)) {
      if (allowance.patience === undefined) continue;
      const run = (rate: number) => {
        const budget = new Budget(allowance, 0);
        const step = 1000 / rate;
        return Array.from({ length: rate * 600 }, (_, n) => n * step).some(
          (now) => budget.spend(1, now) === 'persistent',
        );
      };
      if (allowance.perSecond > 100) continue;
      assert.equal(run(allowance.perSecond * 2), true);
      assert.equal(run(allowance.perSecond / 2), false);
    }
  });

  it('grants nothing when the clock goes back', () => {
    const budget = new Budget(ALLOWANCES.words, 1000);
    budget.spend(10, 1000);
    assert.equal(budget.spend(1, 0), 'surplus');
    assert.equal(budget.spend(1, 1000), 'surplus');
    assert.equal(budget.spend(1, 1500), 'within');
  });

  it('never allows more than burst and rate together, however it is spent', () => {
    const step = fc.record({ wait: fc.nat(5000), cost: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const budget = new Budget(ALLOWANCES.words, 0);
        let [now, passed] = [0, 0];
        for (const { wait, cost } of steps) {
          now += wait;
          if (budget.spend(cost, now) === 'within') passed += cost;
          assert.ok(passed <= 10 + (now / 1000) * 2 + 1e-6);
        }
      }),
    );
  });
});

describe('accounts', () => {
  const a = ['address:192.0.2.1', 'link:1'];

  function emptied(accounts: BudgetAccounts<keyof typeof ALLOWANCES>, owners: readonly string[], now: number) {
    const account = accounts.open(owners, now);
    while (account.spend('words', 1, now) === 'within');
    return account;
  }

  it('carry on where they were left, by address and by link', () => {
    for (const owners of [a, ['address:192.0.2.1', 'link:2'], ['address:192.0.2.9', 'link:1']]) {
      const accounts = new BudgetAccounts(ALLOWANCES);
      accounts.close(emptied(accounts, a, 0), a, 0);
      const next = accounts.open(owners, 0);
      assert.equal(next.spend('words', 1, 0), 'surplus', String(owners));
      assert.equal(next.spend('bytes', 100, 0), 'within');
    }
  });

  it('are new for a viewer with neither in common', () => {
    const accounts = new BudgetAccounts(ALLOWANCES);
    accounts.close(emptied(accounts, a, 0), a, 0);
    assert.equal(accounts.open(['address:192.0.2.2', 'link:2'], 0).spend('words', 10, 0), 'within');
    assert.equal(accounts.open([], 0).spend('words', 10, 0), 'within');
  });

  it('are separate while in use: viewers behind one address do not pay for each other', () => {
    const accounts = new BudgetAccounts(ALLOWANCES);
    emptied(accounts, a, 0);
    assert.equal(accounts.open(a, 0).spend('words', 10, 0), 'within');
  });

  it('are resumed by one viewer each, the emptiest first', () => {
    const accounts = new BudgetAccounts(ALLOWANCES);
    const [full, empty] = [accounts.open(a, 0), emptied(accounts, a, 0)];
    accounts.close(full, a, 0);
    accounts.close(empty, a, 0);
    assert.equal(accounts.open(a, 0), empty);
    assert.equal(accounts.open(a, 0), full);
    assert.equal(accounts.size, 0);
  });

  it('refill while nobody uses them, and are forgotten after minutes', () => {
    const accounts = new BudgetAccounts(ALLOWANCES);
    accounts.close(emptied(accounts, a, 0), a, 0);
    const back = accounts.open(a, 2000);
    assert.deepEqual([back.spend('words', 4, 2000), back.spend('words', 1, 2000)], ['within', 'surplus']);
    accounts.close(back, a, 2000);
    assert.notEqual(accounts.open(a, 302_001), back);
    assert.equal(accounts.size, 0);
  });

  it('are bounded in number: only the latest are kept', () => {
    const accounts = new BudgetAccounts(ALLOWANCES);
    const opened = Array.from({ length: 3000 }, (_, n) => accounts.open([`address:${n}`], 0));
    for (const [n, account] of opened.entries()) accounts.close(account, [`address:${n}`], 0);
    assert.equal(accounts.size, 1024);
    assert.equal(accounts.open(['address:2999'], 0), opened[2999]);
  });
});
