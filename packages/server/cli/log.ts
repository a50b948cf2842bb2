import { type Logger, pino } from 'pino';

/** Structured lines on stderr; stdout is for what a command was asked for. */
export function createLog(level: string): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}
