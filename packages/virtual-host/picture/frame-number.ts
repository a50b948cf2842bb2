import type { Canvas } from './canvas.ts';
import { BLACK, WHITE } from './color.ts';

/** 40 squares along the top edge from x = 0: 32 bits of frame number, most significant first, then 8 bits of checksum. */
export const SQUARE = 16;
const SQUARES = 40;

export function drawFrameNumber(canvas: Canvas, frame: number): void {
  const bits = [...bitsOf(frame, 32), ...bitsOf(checksum(frame), 8)];
  bits.forEach((bit, index) => {
    canvas.fill({ x: index * SQUARE, y: 0, width: SQUARE, height: SQUARE }, bit === 1 ? WHITE : BLACK);
  });
}

/**
 * Reads the number back from a decoded luma plane; null if the checksum is wrong.
 * `stride` is bytes per row; the middle 8x8 pixels of each square decide.
 */
export function readFrameNumber(luma: Uint8Array, stride: number): number | null {
  let frame = 0;
  let check = 0;
  for (let index = 0; index < SQUARES; index++) {
    let sum = 0;
    for (let y = 4; y < 12; y++) {
      for (let x = 4; x < 12; x++) sum += luma[y * stride + index * SQUARE + x] ?? 0;
    }
    const bit = sum / 64 > 125 ? 1 : 0;
    if (index < 32) frame = ((frame << 1) | bit) >>> 0;
    else check = (check << 1) | bit;
  }
  return check === checksum(frame) ? frame : null;
}

function checksum(frame: number): number {
  return ((frame >>> 24) ^ (frame >>> 16) ^ (frame >>> 8) ^ frame) & 0xff;
}

function bitsOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (value >>> (count - 1 - index)) & 1);
}
