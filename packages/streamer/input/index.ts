export { InputArbiter } from './arbiter.ts';
