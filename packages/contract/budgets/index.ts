export { Account } from './account.ts';
export * from './allowances.ts';
export { type Allowance, Budget, type Spent } from './budget.ts';
export { BudgetAccounts } from './budget-accounts.ts';
export { TokenBucket } from './token-bucket.ts';
