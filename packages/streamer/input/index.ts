export { InputArbiter } from './arbiter.ts';
export { InputBudget } from './budget.ts';
