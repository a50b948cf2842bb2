import type { Report, Row } from './types.ts';

/** A report of rows. */
export function reportOf(rows: readonly Row[]): Report {
  const lines = rows.map(({ what, value, unit, bar, note }) => [what, `${shown(value)} ${unit}`, bar, note]);
  return { table: [['what', 'measured', 'bar', 'note'], ...lines], notes: [], data: { rows } };
}

/** As Markdown. */
export function markdown({ table, notes }: Report): string {
  const widths = table[0]!.map((_, column) => Math.max(3, ...table.map((line) => line[column]!.length)));
  const lines = [table[0]!, widths.map((width) => '-'.repeat(width)), ...table.slice(1)];
  const text = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  return [...text, ...notes.map((note) => `\n${note}`)].join('\n');
}

export function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}
