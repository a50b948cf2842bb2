export type { Point, Size } from './action.ts';
export { parseAction } from './parse.ts';
export type { Step } from './step.ts';
export { durationOf, stepsOf, toPicture } from './steps.ts';
