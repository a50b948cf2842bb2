export type { Peer } from './peer.ts';
export { StreamerRegistry } from './registry.ts';
export { START_LIMIT_MS, type Streamer, type StreamerServices } from './streamer.ts';
export { UdpPorts } from './udp-ports.ts';
