import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };

/** A service manager kills whatever takes longer than 10 s to end. */
const END_LIMIT_MS = 8_000;

/** The last crash, which `moonshare doctor` reports. */
export interface CrashReport {
  time: string;
  version: string;
  origin: NodeJS.UncaughtExceptionOrigin;
  message: string;
  stack: string;
}

export function crashReportPath(dataDirectory: string): string {
  return join(dataDirectory, 'last-crash.json');
}

/**
 * From now on an uncaught error, in a callback or a promise, ends this process, since its state is unknown. The error is logged and
 * written to a report, and aborts the returned signal, so that streams end as cleanly as they still can and viewers are told to come
 * back. The caller must then exit with a code other than 0; after `limitMs` the process exits by itself. The service manager starts
 * it again.
 */
export function endOnCrash({
  log,
  dataDirectory,
  limitMs = END_LIMIT_MS,
}: {
  log: Logger;
  dataDirectory: string;
  limitMs?: number;
}): AbortSignal {
  const crash = new AbortController();
  // Node also emits this event for unhandled rejections.
  process.on('uncaughtException', (error: unknown, origin) => {
    log.fatal(
      { err: error, origin },
      crash.signal.aborted ? 'another uncaught error' : 'uncaught error: shutting down',
    );
    if (crash.signal.aborted) return;
    const limit = setTimeout(() => {
      log.fatal('shutting down took too long');
      process.exit(1);
    }, limitMs);
    limit.unref();
    writeReport(error, origin, dataDirectory, log);
    crash.abort(error);
  });
  return crash.signal;
}

function writeReport(error: unknown, origin: NodeJS.UncaughtExceptionOrigin, dataDirectory: string, log: Logger): void {
  const { message, stack = '' } = error instanceof Error ? error : { message: String(error) };
  const report: CrashReport = { time: new Date().toISOString(), version: packageJson.version, origin, message, stack };
  try {
    writeFileSync(crashReportPath(dataDirectory), `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
  } catch (err) {
    log.error({ err }, 'the crash report could not be written');
  }
}
