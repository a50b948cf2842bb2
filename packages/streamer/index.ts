export { StreamRelay } from './relay/stream-relay.ts';
export type { StreamFormat, Viewer, ViewerEngine, ViewerEvents } from './viewer/types.ts';
