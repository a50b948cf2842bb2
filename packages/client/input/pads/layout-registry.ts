import type { PadReading } from '../gamepad-state.ts';
import { fits, type PadLayout, read, type Source } from './layout.ts';
import { layoutOf, padNumber, TABLE_PARTS, type TablePlatform } from './sdl-mapping.ts';

/** The parts of a `Gamepad` that are read besides its state. */
export interface Pad extends PadReading {
  index: number;
  id: string;
  mapping: string;
  connected?: boolean;
}

export type PadStorage = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'moonshare-gamepads';
/** More kinds of gamepads than anyone has; beyond that the oldest is forgotten. */
const MAX_OWN = 32;

/** Knows the layout of a gamepad: what the person has taught precedes the table, and an unknown layout is not guessed. */
export class LayoutRegistry {
  readonly #platform: TablePlatform | null;
  readonly #storage: PadStorage | null;
  readonly #own = new Map<string, PadLayout>();
  readonly #lines = new Map<string, string>();

  constructor(platform: TablePlatform | null, storage: PadStorage | null) {
    this.#platform = platform;
    this.#storage = storage;
    for (const [id, layout] of stored(storage)) this.#own.set(id, layout);
  }

  /** The gamepad in the standard layout; null: its layout is unknown. */
  standard(pad: Pad): PadReading | null {
    const own = this.#own.get(pad.id);
    if (own !== undefined && fits(own, pad)) return read(pad, own);
    if (pad.mapping === 'standard') return pad;
    const layout = this.#tabled(pad);
    return layout === null ? null : read(pad, layout);
  }

  /** From now on gamepads of this kind are read with this layout, after a reload too. */
  learn(id: string, layout: PadLayout): void {
    this.#own.delete(id);
    this.#own.set(id, layout);
    for (const oldest of [...this.#own.keys()].slice(0, Math.max(0, this.#own.size - MAX_OWN)))
      this.#own.delete(oldest);
    try {
      this.#storage?.setItem(KEY, JSON.stringify([...this.#own]));
    } catch {
      // Full or forbidden: it lasts as long as the page.
    }
  }

  /** `table` as in sdl-table.json: by platform, the vendors and products that have a layout (parts in the order of TABLE_PARTS). */
  take(table: Record<TablePlatform, Record<string, string>>): void {
    if (this.#platform === null) return;
    for (const [line, numbers] of Object.entries(table[this.#platform]))
      for (const number of numbers.split(' ')) this.#lines.set(number, line);
  }

  #tabled(pad: Pad): PadLayout | null {
    const number = padNumber(pad.id);
    const line = number === null ? undefined : this.#lines.get(number);
    return line === undefined || this.#platform === null ? null : layoutOf(line, pad, this.#platform);
  }
}

/** What any version of this page, or anyone else, has stored: only what makes sense. */
function stored(storage: PadStorage | null): [string, PadLayout][] {
  try {
    const entries: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]');
    if (!Array.isArray(entries)) return [];
    return entries.slice(0, MAX_OWN).flatMap((entry: unknown): [string, PadLayout][] => {
      const [id, layout] = Array.isArray(entry) ? (entry as unknown[]) : [];
      return typeof id === 'string' && isLayout(layout) ? [[id, layout]] : [];
    });
  } catch {
    return [];
  }
}

function isLayout(value: unknown): value is PadLayout {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([part, source]) => (TABLE_PARTS as string[]).includes(part) && isSource(source))
  );
}

function isSource(value: unknown): value is Source {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, index, from, to, direction } = value as Record<string, unknown>;
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0) return false;
  if (kind === 'axis') return typeof from === 'number' && typeof to === 'number' && from !== to;
  return kind === 'button' || (kind === 'hat' && [0, 1, 2, 3, 4, 5, 6, 7].includes(direction as number));
}
