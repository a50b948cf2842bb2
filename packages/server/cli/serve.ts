import { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import { MoonshareServer } from '../server.ts';
import { aborted } from './shutdown.ts';

/** Runs the server until `signal` aborts and everything has ended. */
export async function serve(
  config: Config,
  log: Logger,
  o: { signal: AbortSignal; listening: (url: string) => void },
): Promise<void> {
  const { credentials } = config;
  if (credentials === undefined) {
    throw new MoonshareError('CONFIG_INVALID', {
      message: 'MOONSHARE_CREDENTIALS is not set',
      hint: 'Set it to a long random text; callers send it as "Authorization: Bearer <text>".',
    });
  }
  const server = await MoonshareServer.start({ config: { ...config, credentials }, log });
  o.listening(server.url);
  await aborted(o.signal);
  await server.close();
}
