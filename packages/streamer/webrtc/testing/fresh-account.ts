import { Account, VIEWER_ALLOWANCES, type ViewerAccount, type ViewerSpending } from '@moonshare/contract';

/** The account of a viewer that was never here. */
export function freshAccount(): ViewerAccount {
  return new Account<ViewerSpending>(VIEWER_ALLOWANCES, performance.now());
}
