export { Account } from './account.ts';
export { Accounts } from './accounts.ts';
export * from './allowances.ts';
export { type Allowance, Budget, type Spent } from './budget.ts';
export { TokenBucket } from './token-bucket.ts';
