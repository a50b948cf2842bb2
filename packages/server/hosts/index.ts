export type { AppUse } from './app-use.ts';
export type { Lease } from './certificate-pool.ts';
export { clientIdOf } from './client-id.ts';
export { type GameStreamApi, gameStreamApi } from './gamestream-api.ts';
export { Host } from './host.ts';
export { RELAUNCH_PAUSE_MS } from './host-kind.ts';
export { HostRegistry } from './registry.ts';
