export { StreamRelay } from './stream-relay.ts';
