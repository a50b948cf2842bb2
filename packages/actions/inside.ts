import type { Point, Rectangle, Size } from './action.ts';
import { problem } from './problem.ts';

/** The pixel. `field`: where it was given; null: as x and y. Throws OUTSIDE_PICTURE. */
export function pointIn({ width, height }: Size, { x, y }: Point, field: string | null): Point {
  for (const [axis, value, end] of [
    ['x', x, width],
    ['y', y, height],
  ] as const) {
    if (value >= 0 && value < end) continue;
    const text = `${field === null ? '' : `${axis} `}must be 0 to ${end - 1} in a picture of ${width} × ${height}, and is ${value}`;
    throw problem('OUTSIDE_PICTURE', field ?? axis, text, { width, height });
  }
  return { x: Math.floor(x), y: Math.floor(y) };
}

/** The pixels. Throws OUTSIDE_PICTURE, and BAD_REQUEST if there are none. */
export function rectangleIn({ width, height }: Size, region: Rectangle, field: string): Rectangle {
  const [left, top] = [Math.floor(region.x), Math.floor(region.y)];
  const [right, bottom] = [Math.ceil(region.x + region.width), Math.ceil(region.y + region.height)];
  if (right <= left || bottom <= top) throw problem('BAD_REQUEST', field, 'has no size: left, top, right, bottom');
  if (left < 0 || top < 0 || right > width || bottom > height)
    throw problem('OUTSIDE_PICTURE', field, `is not inside a picture of ${width} × ${height}`, { width, height });
  return { x: left, y: top, width: right - left, height: bottom - top };
}
