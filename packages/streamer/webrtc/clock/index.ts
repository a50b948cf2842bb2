export { AudioClock } from './audio-clock.ts';
export { middle32, type Ntp, toNtp } from './ntp.ts';
export { VideoClock } from './video-clock.ts';
