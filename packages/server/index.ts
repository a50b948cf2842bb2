export { loadConfig } from './config/load.ts';
export { MoonshareServer, type ServerOptions } from './server.ts';
