export { Streamer } from './streamer.ts';
