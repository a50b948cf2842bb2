import type { Canvas, Rect } from './canvas.ts';
import { BLACK, palette, WHITE } from './color.ts';
import type { Layout } from './layout.ts';
import { MaskCache, polygon } from './mask.ts';

const shapes = new MaskCache();

/** An arrow whose tip is the hot spot, on a 13x20 grid. */
const ARROW = [
  [0, 0],
  [0, 16.4],
  [3.8, 12.8],
  [6.3, 18.7],
  [9, 17.5],
  [6.5, 11.8],
  [11.8, 11.8],
] as const;

/** Draws the host's pointer with its tip at (x, y); `pressed` while a button is down. Returns the rectangle it covers. */
export function drawPointer(canvas: Canvas, layout: Layout, x: number, y: number, pressed: boolean): Rect {
  const scale = Math.max(0.8, layout.px(28) / 20);
  const margin = 2;
  const width = Math.ceil(13 * scale) + 2 * margin;
  const height = Math.ceil(20 * scale) + 2 * margin;
  const outer = shapes.get(`outer ${scale}`, () => polygon(width, height, placed(scale, margin, 0)));
  const inner = shapes.get(`inner ${scale}`, () =>
    polygon(width, height, placed(scale * 0.78, margin, 0.09 * 20 * scale)),
  );
  const left = Math.round(x) - margin;
  const top = Math.round(y) - margin;
  canvas.stamp(outer, left, top, BLACK);
  canvas.stamp(inner, left, top, pressed ? palette.held : WHITE);
  return { x: left, y: top, width, height };
}

function placed(scale: number, margin: number, inset: number): [number, number][] {
  return ARROW.map(([x, y]) => [x * scale + margin + inset * 0.62, y * scale + margin + inset * 1.3]);
}
