/** How often a stopping server reports what it waits for, and how many streamers it names. */
const REPORT_MS = 1_000;
const MAX_NAMED = 5;

/** Resolves with `over`. Until then calls `report`, at once and every second, with what is waited for; null is not reported. */
export async function reportWhile(
  over: Promise<unknown>,
  what: () => string | null,
  report: (what: string) => void,
): Promise<void> {
  const tick = () => {
    const now = what();
    if (now !== null) report(now);
  };
  tick();
  const timer = setInterval(tick, REPORT_MS);
  await over.finally(() => clearInterval(timer));
}

/** For what is usually over at once: reported only from the second time on. */
export function ifItTakesLong(what: string): () => string | null {
  let asked = 0;
  return () => (asked++ === 0 ? null : what);
}

/** Null if there are none. */
export function streamersToEnd(ids: readonly string[]): string | null {
  if (ids.length === 0) return null;
  const named = ids.slice(0, MAX_NAMED).join(', ');
  const others = ids.length - MAX_NAMED;
  return `${ids.length === 1 ? 'the streamer' : 'the streamers'} ${named}${others > 0 ? ` and ${others} more` : ''} to end`;
}
