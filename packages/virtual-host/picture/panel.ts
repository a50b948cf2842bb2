import type { Canvas, Rect } from './canvas.ts';
import { palette, type Yuv } from './color.ts';
import type { Layout } from './layout.ts';
import { type Mask, MaskCache, roundedBox, roundedFrame } from './mask.ts';
import { capHeight, drawText, textWidth } from './text.ts';

const shapes = new MaskCache();

function box(width: number, height: number, radius: number): Mask {
  return shapes.get(`box ${width} ${height} ${radius}`, () => roundedBox(width, height, radius));
}

/** An empty panel with a rounded border and a small title; covers whatever was there. */
export function drawPanel(canvas: Canvas, layout: Layout, rect: Rect, title: string): void {
  drawFrame(canvas, layout, rect, { radius: layout.px(12), back: palette.panel, line: palette.line });
  drawText(canvas, title, rect.x + layout.px(14), rect.y + layout.px(12), layout.font(1.5), palette.muted);
}

/** A rounded border around `back`, or around nothing; covers whatever was there. */
export function drawFrame(
  canvas: Canvas,
  layout: Layout,
  rect: Rect,
  { radius, back, line }: { radius: number; back: Yuv | null; line: Yuv },
): void {
  const { x, y, width, height } = rect;
  canvas.fill(rect, palette.back);
  if (back !== null) canvas.stamp(box(width, height, radius), x, y, back);
  const stroke = Math.max(1, layout.px(2) / 2);
  const frame = shapes.get(`frame ${width} ${height} ${radius}`, () => roundedFrame(width, height, radius, stroke));
  canvas.stamp(frame, x, y, line);
}

/** A rounded label; returns its width. */
export function drawChip(
  canvas: Canvas,
  layout: Layout,
  text: string,
  x: number,
  y: number,
  colors: { back: Yuv; text: Yuv },
): number {
  const size = layout.font(2);
  const width = chipWidth(layout, text);
  const height = chipHeight(layout);
  canvas.stamp(box(width, height, layout.px(7)), x, y, colors.back);
  const textX = x + (width - textWidth(text, size)) / 2;
  drawText(canvas, text, textX, y + (height - capHeight(size)) / 2, size, colors.text);
  return width;
}

export function chipWidth(layout: Layout, text: string): number {
  return 2 * Math.ceil(Math.max(textWidth(text, layout.font(2)) + layout.px(18), layout.px(36)) / 2);
}

export function chipHeight(layout: Layout): number {
  return layout.px(30);
}

export const HELD_CHIP = { back: palette.held, text: palette.heldText };
export const IDLE_CHIP = { back: palette.empty, text: palette.muted };
