/** The delay before the restart after death 1, 2, …: the first costs viewers as little as possible. */
export const RESTART_DELAYS_MS: readonly number[] = [0, 500, 1_000, 2_000, 4_000, 8_000];
/** Deaths older than this are forgotten. */
const WINDOW_MS = 3 * 60_000;

/**
 * When to restart a worker that died at `now` (docs/architecture.md, "When something breaks"): `delayMs` later; null: it died too
 * often. `deaths`: the times of its deaths within the window; monotonic ms.
 */
export function nextRestart(
  deaths: readonly number[],
  now: number,
  delaysMs: readonly number[] = RESTART_DELAYS_MS,
): { deaths: readonly number[]; delayMs: number | null } {
  const recent = [...deaths.filter((at) => now - at < WINDOW_MS), now];
  return { deaths: recent, delayMs: delaysMs[recent.length - 1] ?? null };
}
