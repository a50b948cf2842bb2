export { StreamRelay } from './relay/stream-relay.ts';
export type { StreamFormat, TransportEngine, TransportEvents, ViewerTransport } from './viewer/transport.ts';
