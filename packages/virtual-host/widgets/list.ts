import { MOON_ROWS, MOONS } from './moons.ts';
import { type Area, clamp, LIST_COLUMNS, LIST_ROWS } from './places.ts';

/** Three rows or columns a notch, as Windows has it. */
const STEP = 40;
const LAST = MOONS.length - 1;
const MOST_OFFSET = MOONS.length - LIST_ROWS;
const MOST_COLUMN = MOON_ROWS[0]!.length - LIST_COLUMNS;

/** A list that scrolls both ways, with one row selected and the last one that was opened, by a double click or Enter. */
export class List {
  /** The first row and the first column that are shown. */
  #offset = 0;
  #column = 0;
  #selected: number | null = null;
  #opened: number | null = null;
  /** Wheel steps that are no whole row or column yet. */
  readonly #rest = { vertical: 0, horizontal: 0 };

  view() {
    return {
      offset: this.#offset,
      column: this.#column,
      selected: itemAt(this.#selected),
      opened: itemAt(this.#opened),
    };
  }

  /** Wheel steps, 120 a notch: positive is up, or right. */
  wheel(vertical: number, horizontal: number): void {
    this.#offset = clamp(this.#offset - this.#whole('vertical', vertical), 0, MOST_OFFSET);
    this.#column = clamp(this.#column + this.#whole('horizontal', horizontal), 0, MOST_COLUMN);
  }

  /** `row` counts from the first that is shown; those below the last are as the last. */
  select(row: number): void {
    this.#show(this.#offset + row);
  }

  /** From the selected row; with none, from above the first. */
  move(rows: number): void {
    this.#show((this.#selected ?? -1) + rows);
  }

  open(): void {
    this.#opened = this.#selected;
  }

  /** Moves the middle of the thumb as near to `y` as it goes. */
  scrollTo(bar: Area, y: number): void {
    const { height } = thumbOf(bar, this.#offset);
    const share = (y - bar.y - height / 2) / (bar.height - height);
    this.#offset = Math.round(clamp(share, 0, 1) * MOST_OFFSET);
  }

  #show(index: number): void {
    const selected = clamp(index, 0, LAST);
    this.#selected = selected;
    this.#offset = clamp(this.#offset, selected - LIST_ROWS + 1, selected);
  }

  #whole(axis: 'vertical' | 'horizontal', amount: number): number {
    const rest = this.#rest[axis];
    // Turning back begins anew.
    const turned = rest * amount < 0 ? amount : rest + amount;
    const whole = Math.trunc(turned / STEP);
    this.#rest[axis] = turned - whole * STEP;
    return whole;
  }
}

/** The part of the scroll bar that can be dragged while the list begins with row `offset`. */
export function thumbOf(bar: Area, offset: number): Area {
  const height = (bar.height * LIST_ROWS) / MOONS.length;
  return { ...bar, y: bar.y + ((bar.height - height) * offset) / MOST_OFFSET, height };
}

function itemAt(index: number | null): { index: number; name: string } | null {
  return index === null ? null : { index, name: MOONS[index]!.name };
}
