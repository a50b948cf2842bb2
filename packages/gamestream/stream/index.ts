export { GameStream, type GameStreamOptions, type GameStreamStats } from './game-stream.ts';
export { type MediaOrigin, MediaSockets } from './media-sockets.ts';
export type { Media } from './ping.ts';
export { resolveHost } from './resolve-host.ts';
export { isGraceful, terminationError } from './termination.ts';
export * from './types.ts';
