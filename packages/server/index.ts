export { loadConfig } from './config/index.ts';
export { MoonshareServer, type ServerOptions } from './server.ts';
