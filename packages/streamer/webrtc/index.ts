export { createWebRtcEngine } from './engine.ts';
