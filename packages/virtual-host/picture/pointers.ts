import type { Desktop } from '../desktop/desktop.ts';
import type { Canvas, Rect } from './canvas.ts';
import { palette } from './color.ts';
import type { Layout } from './layout.ts';
import { disc, MaskCache, ring } from './mask.ts';
import { drawPointer } from './pointer.ts';

const shapes = new MaskCache();

/** Draws what moves on top of a picture: the touches, and the pointer over them. Returns the rectangles it covers. */
export function drawPointers(canvas: Canvas, layout: Layout, desktop: Desktop): Rect[] {
  const x = (desktop.pointer.x * (canvas.width - 1)) / Math.max(1, desktop.width - 1);
  const y = (desktop.pointer.y * (canvas.height - 1)) / Math.max(1, desktop.height - 1);
  const isPressed = desktop.heldButtons().length > 0;
  return [...drawTouches(canvas, layout, desktop), drawPointer(canvas, layout, x, y, isPressed)];
}

function drawTouches(canvas: Canvas, layout: Layout, desktop: Desktop): Rect[] {
  const diameter = layout.px(48);
  const circle = shapes.get(`ring ${diameter}`, () => ring(diameter, layout.px(4)));
  const spot = shapes.get(`disc ${diameter / 4}`, () => disc(diameter >> 2));
  return [...desktop.touches.values()].map(({ x, y }) => {
    const left = Math.round(x * canvas.width - diameter / 2);
    const top = Math.round(y * canvas.height - diameter / 2);
    canvas.stamp(circle, left, top, palette.good);
    canvas.stamp(spot, left + ((diameter - spot.width) >> 1), top + ((diameter - spot.height) >> 1), palette.good);
    return { x: left, y: top, width: diameter, height: diameter };
  });
}
