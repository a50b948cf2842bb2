export { StreamerProcess } from './streamer-process.ts';
