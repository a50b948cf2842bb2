export { FramePacer, type Slice } from './frame-pacer.ts';
export { RecentBytes } from './recent-bytes.ts';
