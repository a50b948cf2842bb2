export { Fanout } from './fanout.ts';
export { KeyFramePolicy, type KeyFrameRequest } from './key-frame-policy.ts';
