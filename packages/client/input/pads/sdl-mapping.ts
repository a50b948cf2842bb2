import type { PadReading } from '../gamepad-state.ts';
import type { Platform } from '../platform.ts';
import { BUTTONS, fits, type PadLayout, type PadPart, type Source, STICKS } from './layout.ts';

export type TablePlatform = Exclude<Platform, 'android' | 'ios'>;

/** Parts in the order of a line of the table. */
export const TABLE_PARTS: readonly PadPart[] = [...BUTTONS, ...STICKS];

/** Vendor and product as eight hex digits, as Chromium ("Vendor: 0079 Product: 0006") and the others ("79-6-Name") put them; null: no such id. */
export function padNumber(id: string): string | null {
  const match =
    /Vendor: ([0-9a-f]{4}) Product: ([0-9a-f]{4})/i.exec(id) ?? /^([0-9a-f]{1,4})-([0-9a-f]{1,4})-/i.exec(id);
  if (match === null) return null;
  return `${match[1]!.padStart(4, '0')}${match[2]!.padStart(4, '0')}`.toLowerCase();
}

/** Android and iOS are not in the table. */
export function tableFor(platform: Platform): TablePlatform | null {
  return platform === 'android' || platform === 'ios' ? null : platform;
}

/**
 * A line of the table (SDL's words, see scripts/gamepad-table.ts) for the axes that a browser shows of this pad; null if they
 * are not known to mean the same. On Linux the hat is two axes more, behind SDL's. On Windows and macOS Chromium puts each axis at the
 * place of its HID usage: pads with four have X, Y, Z and Rz, those with six all; the hat is the tenth. Others than Chromium do otherwise there.
 */
export function layoutOf(line: string, pad: PadReading & { id: string }, platform: TablePlatform): PadLayout | null {
  const tokens = line.split(',');
  const isChromium = /Vendor: /.test(pad.id);
  if (platform !== 'linux' && !isChromium) return null;
  const highest = Math.max(-1, ...tokens.map((token) => Number(/^[+-]?a(\d+)/.exec(token)?.[1] ?? -1)));
  const axis = (index: number): number | null => {
    if (platform === 'linux') return index;
    if (highest <= 3) return [0, 1, 2, 5][index]!;
    return highest === 5 ? index : null;
  };
  const layout: PadLayout = {};
  for (const [place, part] of TABLE_PARTS.entries()) {
    const token = tokens[place] ?? '';
    if (token === '') continue;
    const source = sourceOf(token, axis, platform === 'linux' ? pad.axes.length - 2 : null);
    if (source === null) return null;
    layout[part] = source;
  }
  return fits(layout, pad) ? layout : null;
}

/** `hatAxes`: the first of the two axes that are the hat; null: it is one, with eight values. */
function sourceOf(token: string, axis: (index: number) => number | null, hatAxes: number | null): Source | null {
  const hat = /^h0\.([1248])$/.exec(token);
  if (hat !== null) {
    const direction = { 1: 0, 2: 2, 4: 4, 8: 6 }[Number(hat[1]) as 1 | 2 | 4 | 8];
    if (hatAxes === null) return { kind: 'hat', index: 9, direction };
    const isVertical = direction === 0 || direction === 4;
    return {
      kind: 'axis',
      index: hatAxes + (isVertical ? 1 : 0),
      from: 0,
      to: direction === 2 || direction === 4 ? 1 : -1,
    };
  }
  const match = /^([+-]?)([ab])(\d+)(~?)$/.exec(token);
  if (match === null) return null;
  const [, half, kind, digits, inverted] = match;
  if (kind === 'b') return { kind: 'button', index: Number(digits) };
  const index = axis(Number(digits));
  if (index === null) return null;
  const from = half === '' ? -1 : 0;
  const to = half === '-' ? -1 : 1;
  return inverted === '' ? { kind: 'axis', index, from, to } : { kind: 'axis', index, from: to, to: from };
}
