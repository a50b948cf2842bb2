import { clamp, FIELD_COLUMNS } from './places.ts';

/** Code points. */
const LONGEST = 256;

export type Unit = 'character' | 'word' | 'end';
type Direction = -1 | 1;

/** One line of text with a caret and a selection, counted in code points; shows as many as fit, the caret among them. */
export class TextField {
  #characters: string[] = [];
  /** Where typing goes: before the character with this index. */
  #caret = 0;
  /** The end of the selection that is not the caret; the same as the caret if nothing is selected. */
  #anchor = 0;
  /** Index of the first character that is shown. */
  #first = 0;

  view() {
    const { start, end } = this.#selection();
    return {
      text: this.#characters.join(''),
      caret: this.#caret,
      selection: start === end ? null : { start, end, text: this.selectedText },
      first: this.#first,
    };
  }

  get text(): string {
    return this.#characters.join('');
  }

  get selectedText(): string {
    const { start, end } = this.#selection();
    return this.#characters.slice(start, end).join('');
  }

  /** Replaces the selection. Control characters are left out, and what does not fit is lost at the end of `text`. */
  insert(text: string): void {
    const { start, end } = this.#selection();
    const free = LONGEST - this.#characters.length + (end - start);
    const typed = [...text].filter((character) => !/\p{Cc}/u.test(character)).slice(0, free);
    this.#characters.splice(start, end - start, ...typed);
    this.#place(start + typed.length, start + typed.length);
  }

  /** Removes the selection, or what is next to the caret. */
  remove(direction: Direction, unit: Unit): void {
    if (this.#caret === this.#anchor) this.move(direction, unit, true);
    this.insert('');
  }

  /** Moves the caret; `extends` keeps the other end of the selection where it is. */
  move(direction: Direction, unit: Unit, extend: boolean): void {
    const { start, end } = this.#selection();
    const collapses = !extend && unit === 'character' && start !== end;
    const caret = collapses ? (direction < 0 ? start : end) : this.#next(direction, unit);
    this.#place(caret, extend ? this.#anchor : caret);
  }

  selectAll(): void {
    this.#place(this.#characters.length, 0);
  }

  /** Selects the word, the spaces or the other characters around the character in this column of what is shown. */
  selectWord(column: number): void {
    const at = Math.min(this.#at(column), this.#characters.length - 1);
    if (at < 0) return;
    const kind = kindOf(this.#characters[at]!);
    const outside = (index: number) => index < 0 || index >= this.#characters.length;
    const differs = (index: number) => outside(index) || kindOf(this.#characters[index]!) !== kind;
    let start = at;
    let end = at + 1;
    while (!differs(start - 1)) start--;
    while (!differs(end)) end++;
    this.#place(end, start);
  }

  /** Puts the caret at a border between columns of what is shown, 0 in front of the first. */
  point(border: number, extend: boolean): void {
    const caret = this.#at(border);
    this.#place(caret, extend ? this.#anchor : caret);
  }

  #at(column: number): number {
    return clamp(this.#first + column, 0, this.#characters.length);
  }

  #selection(): { start: number; end: number } {
    return { start: Math.min(this.#caret, this.#anchor), end: Math.max(this.#caret, this.#anchor) };
  }

  #next(direction: Direction, unit: Unit): number {
    const length = this.#characters.length;
    if (unit === 'end') return direction < 0 ? 0 : length;
    if (unit === 'character') return clamp(this.#caret + direction, 0, length);
    const beside = (caret: number) => this.#characters[direction < 0 ? caret - 1 : caret];
    let caret = this.#caret;
    const skip = (space: boolean) => {
      for (let next = beside(caret); next !== undefined; next = beside(caret)) {
        if ((kindOf(next) === 'space') !== space) break;
        caret += direction;
      }
    };
    skip(true);
    skip(false);
    return caret;
  }

  #place(caret: number, anchor: number): void {
    this.#caret = caret;
    this.#anchor = anchor;
    // No empty room at the right while characters are hidden at the left.
    const most = Math.max(0, this.#characters.length - FIELD_COLUMNS);
    this.#first = Math.min(clamp(this.#first, caret - FIELD_COLUMNS, caret), most);
  }
}

function kindOf(character: string): 'word' | 'space' | 'other' {
  if (/[\p{L}\p{N}\p{M}_]/u.test(character)) return 'word';
  return /\s/u.test(character) ? 'space' : 'other';
}
