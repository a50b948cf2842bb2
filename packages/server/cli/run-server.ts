import type { Logger } from 'pino';
import type { Context } from './command.ts';

/** Runs something that contains a server until Ctrl+C, SIGTERM or a crash, and returns the exit code. Loads what only this needs. */
export async function runServer(
  { settings: { config }, signal }: Context,
  run: (log: Logger, signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const [{ createLog }, { endOnCrash }] = await Promise.all([import('./log.ts'), import('./crash-policy.ts')]);
  const log = createLog(config.logLevel);
  const crash = endOnCrash({ log, dataDirectory: config.data });
  await run(log, AbortSignal.any([signal, crash]));
  return crash.aborted ? 1 : 0;
}
