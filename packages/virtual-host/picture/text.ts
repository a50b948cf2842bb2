import type { Canvas } from './canvas.ts';
import type { Yuv } from './color.ts';
import { GLYPH_ASCENT, GLYPH_HEIGHT, GLYPH_WIDTH, glyphCell, hasGlyph } from './font.ts';
import { type Mask, MaskCache, makeMask } from './mask.ts';

const glyphs = new MaskCache();

/** Columns from one character to the next, including a gap of one. */
const ADVANCE = GLYPH_WIDTH + 1;

/** Draws one line of text; (x, y) is the top left of the capital letters, `size` the pixels per font cell. Returns the end x. */
export function drawText(canvas: Canvas, text: string, x: number, y: number, size: number, color: Yuv): number {
  let pen = x;
  for (const character of text) {
    if (character !== ' ') canvas.stamp(glyph(character, size), Math.round(pen - size), Math.round(y - size), color);
    pen += ADVANCE * size;
  }
  return pen;
}

/** Ends at `right`. */
export function drawTextRight(canvas: Canvas, text: string, right: number, y: number, size: number, color: Yuv): void {
  drawText(canvas, text, right - textWidth(text, size), y, size, color);
}

export function textWidth(text: string, size: number): number {
  const length = [...text].length;
  return length === 0 ? 0 : (length * ADVANCE - 1) * size;
}

/** Height of the capital letters. */
export function capHeight(size: number): number {
  return GLYPH_ASCENT * size;
}

/** One character with an empty cell around it, its corners rounded by interpolating between the font's cells. */
function glyph(character: string, size: number): Mask {
  const shown = hasGlyph(character) ? character : '\u0000';
  return glyphs.get(`${shown}${size}`, () =>
    makeMask(Math.ceil((GLYPH_WIDTH + 2) * size), Math.ceil((GLYPH_HEIGHT + 2) * size), (px, py) => {
      const x = px / size - 1.5;
      const y = py / size - 1.5;
      const column = Math.floor(x);
      const row = Math.floor(y);
      const fx = x - column;
      const fy = y - row;
      const cell = (dx: number, dy: number) => (glyphCell(shown, column + dx, row + dy) ? 1 : 0);
      const ink = (cell(0, 0) * (1 - fx) + cell(1, 0) * fx) * (1 - fy) + (cell(0, 1) * (1 - fx) + cell(1, 1) * fx) * fy;
      return (ink - 0.44) * Math.max(1, size) * 1.2 + 0.5;
    }),
  );
}
