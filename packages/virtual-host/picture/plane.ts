import { type Area, CELL, PLANE } from '../widgets/places.ts';
import type { Canvas, Rect } from './canvas.ts';
import type { Yuv } from './color.ts';
import type { Layout } from './layout.ts';
import { MaskCache, roundedBox, roundedFrame } from './mask.ts';
import { capHeight, drawText, textWidth } from './text.ts';

const shapes = new MaskCache();

/** Draws on the small desktop's plane, in its units, into a canvas of any size. */
export class Plane {
  readonly canvas: Canvas;
  readonly #layout: Layout;

  constructor(canvas: Canvas, layout: Layout) {
    this.canvas = canvas;
    this.#layout = layout;
  }

  /** Pixels, even, so that the colours have sharp edges too. */
  rect({ x, y, width, height }: Area): Rect {
    const across = (units: number) => 2 * Math.round((units * this.canvas.width) / PLANE.width / 2);
    const down = (units: number) => 2 * Math.round((units * this.canvas.height) / PLANE.height / 2);
    const left = across(x);
    const top = down(y);
    return { x: left, y: top, width: across(x + width) - left, height: down(y + height) - top };
  }

  fill(area: Area, color: Yuv): void {
    this.canvas.fill(this.rect(area), color);
  }

  /** A filled area with a border of one or two pixels. */
  bordered(area: Area, color: Yuv, line: Yuv, thick = false): void {
    const { x, y, width, height } = this.rect(area);
    const stroke = this.#layout.px(thick ? 6 : 2);
    this.canvas.fill({ x, y, width, height }, line);
    this.canvas.fill({ x: x + stroke, y: y + stroke, width: width - 2 * stroke, height: height - 2 * stroke }, color);
  }

  rounded(area: Area, color: Yuv, line: Yuv | null = null): void {
    const { x, y, width, height } = this.rect(area);
    const radius = this.#layout.px(10);
    const size = `${width} ${height}`;
    this.canvas.stamp(
      shapes.get(`box ${size}`, () => roundedBox(width, height, radius)),
      x,
      y,
      color,
    );
    if (line === null) return;
    const stroke = this.#layout.px(5);
    const frame = shapes.get(`frame ${size}`, () => roundedFrame(width, height, radius, stroke));
    this.canvas.stamp(frame, x, y, line);
  }

  /** One line in the middle of the area's height, from its left edge, in its middle or up to its right edge. */
  text(text: string, area: Area, color: Yuv, { units = 2.5, align = 0 as 0 | 0.5 | 1 } = {}): void {
    const { x, y, width, height } = this.rect(area);
    const size = this.#layout.font(units);
    const left = x + align * (width - textWidth(text, size));
    drawText(this.canvas, text, left, y + (height - capHeight(size)) / 2, size, color);
  }

  /** One character a cell, so that each is where the text field and the list think it is. */
  cells(text: string, area: Area, color: Yuv): void {
    let { x } = area;
    for (const character of text) {
      this.text(character, { ...area, x, width: CELL }, color);
      x += CELL;
    }
  }
}
