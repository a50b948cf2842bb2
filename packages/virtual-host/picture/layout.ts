import type { Rect } from './canvas.ts';
import { SQUARE } from './frame-number.ts';

/** Where everything is in a picture of a given size. Designed for 1280x720 and scaled, centred where the aspect ratio differs. */
export interface Layout {
  width: number;
  height: number;
  logo: Rect;
  title: { x: number; y: number; size: number };
  /** One line about the stream, below the title. */
  about: Rect;
  clock: { right: number; y: number; size: number };
  frame: { right: number; y: number; size: number };
  sky: Rect;
  keys: Rect;
  mouse: Rect;
  text: Rect;
  /** Sixteen cells, one per slot. */
  gamepads: Rect[];
  /** Design units to pixels, even. */
  px(units: number): number;
  /** Design units to the size of a font cell, at least one pixel. */
  font(units: number): number;
}

/** The smallest picture: the squares of the frame number need 640 pixels. */
export const MIN_WIDTH = 640;
export const MIN_HEIGHT = 360;

export function layoutFor(width: number, height: number): Layout {
  // The strip with the frame number is 16 pixels high in every size; the rest scales.
  const scale = Math.min(width / 1280, (height - SQUARE) / (720 - SQUARE));
  const left = (width - 1280 * scale) / 2;
  const top = SQUARE + (height - SQUARE - (720 - SQUARE) * scale) / 2 - SQUARE * scale;
  const even = (value: number) => 2 * Math.round(value / 2);
  const px = (units: number) => Math.max(2, even(units * scale));
  const font = (units: number) => Math.max(1, Math.round(units * scale * 4) / 4);
  const rect = (x: number, y: number, w: number, h: number): Rect => {
    const x0 = even(left + x * scale);
    const y0 = even(top + y * scale);
    return { x: x0, y: y0, width: even(left + (x + w) * scale) - x0, height: even(top + (y + h) * scale) - y0 };
  };
  const point = (x: number, y: number) => rect(x, y, 2, 2);
  const cells: Rect[] = [];
  for (let slot = 0; slot < 16; slot++) cells.push(rect(24 + (slot % 8) * 155, 450 + (slot >> 3) * 129, 147, 121));
  const title = point(84, 34);
  const right = point(1256, 32);
  return {
    width,
    height,
    logo: rect(26, 30, 44, 44),
    title: { x: title.x, y: title.y, size: font(3) },
    about: rect(84, 64, 760, 18),
    clock: { right: right.x, y: right.y, size: font(3.5) },
    frame: { right: right.x, y: point(0, 65).y, size: font(1.5) },
    sky: rect(24, 94, 752, 344),
    keys: rect(788, 94, 468, 140),
    mouse: rect(788, 242, 468, 112),
    text: rect(788, 362, 468, 76),
    gamepads: cells,
    px,
    font,
  };
}
