export { StreamRelay } from './relay/stream-relay.ts';
export type {
  NegotiatedTransport,
  NegotiatedTransportEvents,
  NegotiatingEngine,
  StreamFormat,
  TransportOptions,
  TransportStatistics,
  ViewerTransport,
} from './viewer/transport.ts';
