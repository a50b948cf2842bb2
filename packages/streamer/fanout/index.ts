export { Fanout } from './fanout.ts';
export { KeyframeRequests } from './keyframe-requests.ts';
export { ViewerPauses } from './viewer-pauses.ts';
