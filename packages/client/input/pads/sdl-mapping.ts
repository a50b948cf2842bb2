import type { PadReading } from '../gamepad-state.ts';
import type { Platform } from '../platform.ts';
import { BUTTONS, fits, type PadLayout, type PadPart, type Source, STICKS } from './layout.ts';

export type TablePlatform = Exclude<Platform, 'android' | 'ios'>;

/** Parts in the order of a table line. */
export const TABLE_PARTS: readonly PadPart[] = [...BUTTONS, ...STICKS];

/** Vendor and product as eight hex digits, from an ID in Chromium's form ("Vendor: 0079 Product: 0006") or the others' ("79-6-Name"); null: neither. */
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
 * A line of the table (in SDL's notation, see scripts/gamepad-table.ts), applied to the axes that a browser shows for this gamepad; null
 * if they may not mean the same. On Linux the hat is two more axes, after SDL's. On Windows and macOS Chromium puts each axis at the
 * position of its HID usage: gamepads with four have X, Y, Z and Rz, those with six have all; the hat is the tenth. Other browsers differ.
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

/** `hatAxes`: the first of the hat's two axes; null: the hat is one axis with eight values. */
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
