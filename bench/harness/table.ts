import type { Row } from './types.ts';

const HEAD = ['what', 'measured', 'bar', 'note'];

export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(({ what, value, unit, bar, note }) => [what, `${shown(value)} ${unit}`, bar, note])];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 0);
}
