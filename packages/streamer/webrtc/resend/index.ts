export { PacketHistory } from './packet-history.ts';
export { Repairs } from './repairs.ts';
export { ResendBudget } from './resend-budget.ts';
export { SequenceWindow } from './sequence-window.ts';
