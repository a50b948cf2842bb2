import type { Region } from '@moonshare/contract';

/** Brightness, 0..255, by which a pixel must differ: coarse encoding changes pixels by less. */
const TOLERANCE = 24;

/** The brightness of part of a picture, 8 bits per pixel, without padding. */
export function brightnessOf(
  plane: Uint8Array,
  { stride, bytesPerPixel, depth }: { stride: number; bytesPerPixel: 1 | 2; depth: number },
  { x, y, width, height }: Region,
): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const start = (y + row) * stride + x * bytesPerPixel;
    if (bytesPerPixel === 1) out.set(plane.subarray(start, start + width), row * width);
    else
      for (let at = 0; at < width; at += 1) {
        const from = start + 2 * at;
        out[row * width + at] = (plane[from]! | (plane[from + 1]! << 8)) >> (depth - 8);
      }
  }
  return out;
}

/** The share of pixels, 0..1, that differ visibly; of pictures of different sizes, all do. */
export function changedShare(before: Uint8Array, after: Uint8Array): number {
  if (before.length !== after.length) return 1;
  let changed = 0;
  for (let at = 0; at < before.length; at += 1) if (Math.abs(before[at]! - after[at]!) > TOLERANCE) changed += 1;
  return changed / before.length;
}
