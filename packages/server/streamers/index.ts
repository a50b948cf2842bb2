export { ForkedWorkers } from './forked-workers.ts';
export { IceServers } from './ice-servers.ts';
export type { PeerOrigin, PeerSession } from './peer-session.ts';
export { StreamerRegistry } from './registry.ts';
export { RESTART_DELAYS_MS } from './restart-policy.ts';
export { type AppAtTheEnd, type OwnInfo, START_LIMIT_MS, type Streamer } from './streamer.ts';
export type { StreamerWorker } from './streamer-worker.ts';
export { UdpPorts } from './udp-ports.ts';
