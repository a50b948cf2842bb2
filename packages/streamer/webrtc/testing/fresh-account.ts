import { Account, VIEWER_ALLOWANCES, type ViewerAccount, type ViewerSpending } from '@moonshare/contract';

/** Of a viewer that was never here. */
export function freshAccount(): ViewerAccount {
  return new Account<ViewerSpending>(VIEWER_ALLOWANCES, performance.now());
}
