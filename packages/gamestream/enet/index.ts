export { EnetHost, type EnetHostOptions, type EnetPeerStats } from './host.ts';
export { EnetObserver, type ObservedMessage, type ObservedSide } from './observer.ts';
export { EnetSocket } from './socket.ts';
export type { EnetAddress, EnetEvent, EnetMode, EnetOutput, EnetSend } from './types.ts';
