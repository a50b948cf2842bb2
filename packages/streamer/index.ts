export { StreamRelay } from './relay/index.ts';
export type { StreamFormat, Viewer, ViewerEngine, ViewerEvents } from './viewer/types.ts';
