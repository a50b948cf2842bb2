const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** After each failed attempt, as the specification of Standard Webhooks suggests: 75 hours in all. */
const DELAYS_MS = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/** How long to wait after so many failed attempts; null: that was the last. `random`: 0 to 1, so that not all come at once. */
export function retryDelay(attempts: number, random: number): number | null {
  const delay = DELAYS_MS[attempts - 1];
  return delay === undefined ? null : Math.round(delay * (1 + 0.2 * random));
}
