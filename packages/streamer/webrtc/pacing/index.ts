export { FramePacer, type Slice } from './frame-pacer.ts';
export { RecentBytes } from './recent-bytes.ts';
export { TokenBucket } from './token-bucket.ts';
