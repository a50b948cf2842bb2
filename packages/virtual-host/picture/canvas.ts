import type { Yuv } from './color.ts';
import type { Mask } from './mask.ts';

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A picture in I420: one luma plane and two chroma planes of half its size, rows without padding. Width and height are even. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  /** The three planes, one after the other, as encoders take them. */
  readonly data: Buffer;
  readonly y: Buffer;
  readonly u: Buffer;
  readonly v: Buffer;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    const luma = width * height;
    const chroma = luma / 4;
    this.data = Buffer.alloc(luma + 2 * chroma);
    this.y = this.data.subarray(0, luma);
    this.u = this.data.subarray(luma, luma + chroma);
    this.v = this.data.subarray(luma + chroma);
  }

  /** Fills a rectangle; chroma covers every 2x2 block it touches. */
  fill(rect: Rect, color: Yuv): void {
    const { x0, y0, x1, y1 } = this.#clip(rect);
    for (let row = y0; row < y1; row++) this.y.fill(color.y, row * this.width + x0, row * this.width + x1);
    const half = this.width >> 1;
    for (let row = y0 >> 1; row < (y1 + 1) >> 1; row++) {
      this.u.fill(color.u, row * half + (x0 >> 1), row * half + ((x1 + 1) >> 1));
      this.v.fill(color.v, row * half + (x0 >> 1), row * half + ((x1 + 1) >> 1));
    }
  }

  /** Copies a rectangle from a canvas of the same size, grown to whole 2x2 blocks. */
  copy(from: Canvas, rect: Rect): void {
    const { x0, y0, x1, y1 } = this.#clip(rect);
    for (let row = y0; row < y1; row++) {
      from.y.copy(this.y, row * this.width + x0, row * this.width + x0, row * this.width + x1);
    }
    const half = this.width >> 1;
    const left = x0 >> 1;
    const right = (x1 + 1) >> 1;
    for (let row = y0 >> 1; row < (y1 + 1) >> 1; row++) {
      from.u.copy(this.u, row * half + left, row * half + left, row * half + right);
      from.v.copy(this.v, row * half + left, row * half + left, row * half + right);
    }
  }

  /** Blends `color` in through a mask whose top left corner is at (x, y). */
  stamp(mask: Mask, x: number, y: number, color: Yuv): void {
    const { x0, y0, x1, y1 } = this.#clip({ x, y, width: mask.width, height: mask.height });
    const alpha = mask.alpha;
    for (let row = y0; row < y1; row++) {
      let from = (row - y) * mask.width + (x0 - x);
      let to = row * this.width + x0;
      for (let column = x0; column < x1; column++, from++, to++) {
        const a = alpha[from]!;
        if (a !== 0) this.y[to] = this.y[to]! + (((color.y - this.y[to]!) * a + 127) >> 8);
      }
    }
    this.#stampChroma(mask, x, y, color);
  }

  #stampChroma(mask: Mask, x: number, y: number, color: Yuv): void {
    const half = this.width >> 1;
    const { x0, y0, x1, y1 } = this.#clip({ x, y, width: mask.width, height: mask.height });
    for (let row = y0 >> 1; row < (y1 + 1) >> 1; row++) {
      for (let column = x0 >> 1; column < (x1 + 1) >> 1; column++) {
        const mx = 2 * column - x;
        const my = 2 * row - y;
        const a =
          (maskAt(mask, mx, my) + maskAt(mask, mx + 1, my) + maskAt(mask, mx, my + 1) + maskAt(mask, mx + 1, my + 1)) >>
          2;
        if (a === 0) continue;
        const to = row * half + column;
        this.u[to] = this.u[to]! + (((color.u - this.u[to]!) * a + 127) >> 8);
        this.v[to] = this.v[to]! + (((color.v - this.v[to]!) * a + 127) >> 8);
      }
    }
  }

  #clip(rect: Rect): { x0: number; y0: number; x1: number; y1: number } {
    const within = (value: number, most: number) => Math.min(most, Math.max(0, value));
    const x0 = within(rect.x, this.width);
    const y0 = within(rect.y, this.height);
    const x1 = within(rect.x + rect.width, this.width);
    const y1 = within(rect.y + rect.height, this.height);
    return { x0, y0, x1, y1 };
  }
}

function maskAt(mask: Mask, x: number, y: number): number {
  return x < 0 || y < 0 || x >= mask.width || y >= mask.height ? 0 : mask.alpha[y * mask.width + x]!;
}
