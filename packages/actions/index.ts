export type { Point, Size } from './action.ts';
export { parseAction } from './parse.ts';
export type { Step } from './step.ts';
export { durationOf, type StepsOptions, stepsOf, toPicture } from './steps.ts';
