/** How often the same is reported about the same participant. */
const INTERVAL_MS = 1_000;

type Report = 'dropped' | 'active';

/** When it is time to report again what happens with every event of a participant. Pure; times are monotonic ms. */
export class ControlReports {
  readonly #last: Record<Report, Map<string, number>> = { dropped: new Map(), active: new Map() };

  /** Whether to report it now. */
  isDue(report: Report, id: string, now: number): boolean {
    const last = this.#last[report].get(id);
    if (last !== undefined && now - last < INTERVAL_MS) return false;
    this.#last[report].set(id, now);
    return true;
  }

  forget(id: string): void {
    for (const last of Object.values(this.#last)) last.delete(id);
  }
}
