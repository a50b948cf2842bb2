import { readFileSync } from 'node:fs';

/**
 * The picture's bitmap font: printable ASCII, five columns wide. Seven rows from the cap line to the baseline, and two more
 * where a letter descends below it. Drawn for this project.
 */
export const GLYPH_WIDTH = 5;
export const GLYPH_ASCENT = 7;
export const GLYPH_HEIGHT = 9;

/** One glyph a line: the character, then its rows. */
const DRAWN = readFileSync(new URL('./font.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const GLYPHS = new Map(DRAWN.map((line) => [line[0]!, line.slice(2).split(' ')]));
/** Shown for characters that the font lacks. */
const MISSING = '##### #...# #...# #...# #...# #...# #####'.split(' ');

/** Whether the cell (column, row) of this character is inked. Cells outside the glyph are empty. */
export function glyphCell(character: string, column: number, row: number): boolean {
  if (column < 0 || column >= GLYPH_WIDTH || row < 0) return false;
  return (GLYPHS.get(character) ?? MISSING)[row]?.[column] === '#';
}

export function hasGlyph(character: string): boolean {
  return GLYPHS.has(character);
}
