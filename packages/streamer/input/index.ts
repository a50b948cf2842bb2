export { AgentHands } from './agent-hands.ts';
export { InputArbiter } from './arbiter.ts';
export { inputCost } from './budget.ts';
export { TextLanes } from './text-lanes.ts';
export { takesFineSteps } from './wheel.ts';
