export { GameStream, type GameStreamOptions, type GameStreamStats, type StreamStage } from './game-stream.ts';
export { type MediaOrigin, MediaSockets } from './media-sockets.ts';
export type { Media } from './ping-schedule.ts';
export { resolveHost } from './resolve-host.ts';
export { isGraceful, type StreamEndReason, terminationError } from './termination.ts';
