import type { Logger } from 'pino';
import { aborted } from '../abort.ts';
import type { Config } from '../config/settings.ts';
import { MoonshareServer } from '../server.ts';
import { showFirstAdmin } from './first-admin.ts';

/** Runs the server until `signal` aborts and everything has ended. */
export async function serve(
  config: Config,
  log: Logger,
  options: { signal: AbortSignal; listening: (url: string) => void },
): Promise<void> {
  const server = await MoonshareServer.start({ config, log });
  showFirstAdmin(server);
  if (!server.hasPage && config.staticDir === undefined) log.warn('the web app is not built: run npm run build');
  options.listening(server.url);
  await aborted(options.signal);
  log.info('stopping');
  await server.close({ waitsFor: (what) => log.info({ waitsFor: what }, 'stopping: still waiting') });
}
