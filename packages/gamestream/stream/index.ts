export { GameStream, type GameStreamOptions, type GameStreamStats } from './game-stream.ts';
export { type Media, type MediaOrigin, MediaSockets } from './media-sockets.ts';
export { isGraceful, terminationError } from './termination.ts';
export * from './types.ts';
