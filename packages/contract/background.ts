/** The part of a pino logger that is needed here. */
interface ErrorLog {
  error(fields: { err: unknown }, message: string): void;
}

/** Runs a promise that nobody waits for: should it fail, which is a bug of ours, that is logged and everything else carries on. */
export function background(promise: Promise<unknown>, log: ErrorLog): void {
  promise.catch((err) => log.error({ err }, 'work in the background failed'));
}
