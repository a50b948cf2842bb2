export * from './feedback.ts';
export * from './input.ts';
