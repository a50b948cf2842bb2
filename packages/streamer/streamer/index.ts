export { Streamer, type StreamerOptions } from './streamer.ts';
