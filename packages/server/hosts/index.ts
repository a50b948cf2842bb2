export type { Lease } from './certificate-pool.ts';
export { type GameStreamApi, gameStreamApi } from './gamestream-api.ts';
export { Host, type HostServices } from './host.ts';
export { type LaunchSlot, RELAUNCH_PAUSE_MS } from './launch-queue.ts';
export { HostRegistry } from './registry.ts';
