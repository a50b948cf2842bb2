const FIRST_MS = 250;
const LARGEST_MS = 8000;

/** Milliseconds before attempt 1, 2, …; `random` (0..1) spreads viewers that lost the same server by a quarter each way. */
export function backoff(attempt: number, random: number): number {
  const delay = Math.min(LARGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  return delay * (0.75 + random / 2);
}
