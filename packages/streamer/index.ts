export { Streamer } from './streamer/index.ts';
export type { StreamFormat, Viewer, ViewerEngine, ViewerEvents } from './viewer/types.ts';
