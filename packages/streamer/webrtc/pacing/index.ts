export { FramePacer, type PacedFrame, type PacerLimits, type Slice } from './frame-pacer.ts';
export { RecentBytes } from './recent-bytes.ts';
export { TokenBucket } from './token-bucket.ts';
