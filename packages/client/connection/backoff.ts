import { backoffMs } from '@moonshare/contract/browser';

const FIRST_MS = 250;
const LARGEST_MS = 8000;

/** Milliseconds before attempt 1, 2, …; `random` (0..1) spreads viewers that lost the same server by a quarter either way. */
export function backoff(attempt: number, random: number): number {
  return backoffMs(attempt, FIRST_MS, LARGEST_MS) * (0.75 + random / 2);
}

const FIRST_STEP_MS = 2500;
const LONGEST_STEP_MS = 15_000;

/** Browsers keep a few idle connections, each of which may be dead and cost one attempt. */
const FIRST_STEPS = 3;

/** How many milliseconds each step of attempt 1, 2, … may wait for its answer; the first connection (0) waits the longest. */
export function stepLimit(attempt: number): number {
  if (attempt === 0) return LONGEST_STEP_MS;
  return backoffMs(Math.max(1, attempt - FIRST_STEPS + 1), FIRST_STEP_MS, LONGEST_STEP_MS);
}
