export { type CoreOutput, WakeTimer } from './wake-timer.ts';
