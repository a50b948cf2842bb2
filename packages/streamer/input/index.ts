export { AgentHands } from './agent-hands.ts';
export { InputArbiter } from './arbiter.ts';
export { inputCost } from './budget.ts';
export { takesFineSteps } from './wheel.ts';
