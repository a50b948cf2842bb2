export type { HostState } from './admin/state.ts';
export type { LoggedInput } from './desktop/input-log.ts';
export { argumentsFor, type ForkedVirtualHost, forkVirtualHost, type ReadyMessage } from './fork.ts';
export { type RunOptions, startVirtualHost, type VirtualHost } from './host.ts';
export type { VirtualHostOptions } from './options.ts';
export { readFrameNumber, SQUARE, SQUARES } from './picture/frame-number.ts';
export { findFreeBasePort, type HostPorts, portsOf } from './ports.ts';
