export * from './load.ts';
export { type Config, DEFAULT_HOST_PORT, type HostAddress } from './settings.ts';
