export { createWebRtcEngine, type WebRtcEngine, type WebRtcOptions } from './engine.ts';
