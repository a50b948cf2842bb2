export { StreamerProcess, type StreamerProcessOptions } from './streamer-process.ts';
