export { type ForkedVirtualHost, forkVirtualHost } from './forked-host.ts';
export { startVirtualHost } from './host.ts';
export type { VirtualHostOptions } from './options.ts';

export { findFreeBasePort, portsOf } from './ports.ts';
