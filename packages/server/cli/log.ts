import { type Logger, pino } from 'pino';

/** Structured lines on stderr; stdout is reserved for a command's answer. */
export function createLog(level: string): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}
