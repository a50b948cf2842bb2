export { LegacyConnectionHandler } from './legacy-connection-handler.ts';
