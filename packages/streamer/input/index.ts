export { AgentHands } from './agent-hands.ts';
export { InputArbiter } from './arbiter.ts';
export { InputBudget } from './budget.ts';
export { takesFineSteps } from './wheel.ts';
