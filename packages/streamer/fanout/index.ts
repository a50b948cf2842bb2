export { Fanout } from './fanout.ts';
export { KeyframeRequests } from './keyframe-requests.ts';
