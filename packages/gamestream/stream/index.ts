export { GameStream, type GameStreamOptions, type GameStreamStats } from './game-stream.ts';
export { isGraceful, terminationError } from './termination.ts';
export * from './types.ts';
