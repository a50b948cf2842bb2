export { StreamRelay } from './relay/stream-relay.ts';
export { Engines } from './viewer/engines.ts';
export type {
  NegotiatedTransport,
  NegotiatingEngine,
  SocketEngine,
  StreamFormat,
  TransportEvents,
  TransportOptions,
  TransportStatistics,
  ViewerTransport,
} from './viewer/transport.ts';
