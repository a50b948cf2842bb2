interface Row {
  fault: string;
  times: number;
  medianMs: number;
  worstMs: number;
}

/** How long viewers waited, by fault: reported, not judged. */
export class Table {
  readonly #waits = new Map<string, { rounds: number; ms: number[] }>();

  add(fault: string, ms: readonly number[]): void {
    const entry = this.#waits.get(fault) ?? { rounds: 0, ms: [] };
    entry.rounds += 1;
    entry.ms.push(...ms);
    this.#waits.set(fault, entry);
  }

  lines(): string[] {
    const rows = [...this.#waits].map(([fault, { rounds, ms }]) => row(fault, rounds, ms));
    const width = Math.max(4, ...rows.map(({ fault }) => fault.length));
    const line = (fault: string, ...rest: string[]) =>
      [fault.padEnd(width), ...rest.map((text) => text.padStart(8))].join(' ');
    return [
      line('fault', 'times', 'median s', 'worst s'),
      ...rows.map(({ fault, times, medianMs, worstMs }) =>
        line(fault, String(times), seconds(medianMs), seconds(worstMs)),
      ),
    ];
  }
}

function row(fault: string, times: number, ms: number[]): Row {
  const sorted = ms.toSorted((a, b) => a - b);
  return { fault, times, medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, worstMs: sorted.at(-1) ?? 0 };
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
