export type { Peer } from './peer.ts';
export { StreamerRegistry } from './registry.ts';
export type { Streamer, StreamerServices } from './streamer.ts';
export { UdpPorts } from './udp-ports.ts';
