/** As far as it is needed of a pino logger. */
interface ErrorLog {
  error(fields: { err: unknown }, message: string): void;
}

/** Lets a promise run that nobody waits for: should it fail, which is a fault of ours, the log says so and everything goes on. */
export function background(promise: Promise<unknown>, log: ErrorLog): void {
  promise.catch((err) => log.error({ err }, 'work in the background failed'));
}
