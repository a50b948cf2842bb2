interface Row {
  deed: string;
  times: number;
  medianMs: number;
  worstMs: number;
}

/** How long viewers had to wait, by deed: measured, not judged. */
export class Table {
  readonly #waits = new Map<string, { rounds: number; ms: number[] }>();

  add(deed: string, ms: readonly number[]): void {
    const entry = this.#waits.get(deed) ?? { rounds: 0, ms: [] };
    entry.rounds += 1;
    entry.ms.push(...ms);
    this.#waits.set(deed, entry);
  }

  lines(): string[] {
    const rows = [...this.#waits].map(([deed, { rounds, ms }]) => row(deed, rounds, ms));
    const width = Math.max(4, ...rows.map(({ deed }) => deed.length));
    const line = (deed: string, ...rest: string[]) =>
      [deed.padEnd(width), ...rest.map((text) => text.padStart(8))].join(' ');
    return [
      line('deed', 'times', 'median s', 'worst s'),
      ...rows.map(({ deed, times, medianMs, worstMs }) =>
        line(deed, String(times), seconds(medianMs), seconds(worstMs)),
      ),
    ];
  }
}

function row(deed: string, times: number, ms: number[]): Row {
  const sorted = ms.toSorted((a, b) => a - b);
  return { deed, times, medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, worstMs: sorted.at(-1) ?? 0 };
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
