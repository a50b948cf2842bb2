import type { Desktop } from '../desktop/desktop.ts';
import { BAR, PLANE, TOP } from '../widgets/places.ts';
import type { Widgets } from '../widgets/widgets.ts';
import { Canvas, type Rect } from './canvas.ts';
import { lightPalette as colors, mixed } from './color.ts';
import { drawFrameNumber } from './frame-number.ts';
import { type Layout, layoutFor } from './layout.ts';
import { Plane } from './plane.ts';
import { drawPointers } from './pointers.ts';
import { drawWindows, shortened } from './small-desktop-windows.ts';

const BANDS = 24;
const CLOCK = { ...BAR, x: 1100, width: 156 };

/**
 * The picture of the small desktop. It changes only when the state of the desktop or a pointer does, besides the clock and the frame
 * number, which can be left out.
 */
export class SmallDesktopRenderer {
  readonly canvas: Canvas;
  /** All but the pointers, the clock and the frame number. */
  readonly #still: Canvas;
  readonly #layout: Layout;
  readonly #lines: readonly string[];
  readonly #clock: boolean;
  /** The state that the still canvas shows. */
  #drawn = '';
  #covered: Rect[] = [];

  /** `lines` tell about the stream. Width and height are even. */
  constructor(width: number, height: number, { lines, clock }: { lines: readonly string[]; clock: boolean }) {
    this.canvas = new Canvas(width, height);
    this.#still = new Canvas(width, height);
    this.#layout = layoutFor(width, height);
    this.#lines = lines;
    this.#clock = clock;
  }

  /** Draws one frame into `canvas`. `time` is the wall clock in ms. */
  draw(desktop: Desktop, frame: number, time: number): void {
    const { widgets } = desktop;
    if (widgets === null) throw new Error('This desktop has nothing to show');
    const { canvas } = this;
    const held = [...desktop.heldKeyNames(), ...desktop.heldButtonNames()].join(' ');
    const state = JSON.stringify([widgets.view(), held]);
    if (state !== this.#drawn) {
      this.#drawn = state;
      this.#drawStill(widgets, held);
      this.#covered = [{ x: 0, y: 0, width: canvas.width, height: canvas.height }];
    }
    for (const rect of this.#covered) canvas.copy(this.#still, rect);
    this.#covered = drawPointers(canvas, this.#layout, desktop);
    if (!this.#clock) return;
    const plane = new Plane(canvas, this.#layout);
    plane.text(new Date(time).toTimeString().slice(0, 8), CLOCK, colors.text, { align: 1 });
    // Smooth edges reach beyond the text.
    this.#covered.push(plane.rect({ ...CLOCK, width: BAR.width - CLOCK.x }));
    drawFrameNumber(canvas, frame);
  }

  #drawStill(widgets: Widgets, held: string): void {
    const plane = new Plane(this.#still, this.#layout);
    for (let band = 0; band < BANDS; band++) {
      const color = mixed(colors.wallpaperTop, colors.wallpaperBottom, band / (BANDS - 1));
      plane.fill({ x: 0, y: (PLANE.height * band) / BANDS, width: PLANE.width, height: PLANE.height / BANDS }, color);
    }
    // Light, or the squares of a frame number that is left out would be read as frame 0.
    plane.fill({ x: 0, y: 0, width: PLANE.width, height: TOP }, colors.bar);
    plane.text('Moonshare desktop', { x: 740, y: 520, width: 500, height: 40 }, colors.white, { units: 3.5 });
    for (const [index, line] of this.#lines.entries()) {
      plane.text(line, { x: 740, y: 562 + 22 * index, width: 500, height: 22 }, colors.bar, { units: 2 });
    }
    const view = widgets.view();
    drawWindows(plane, view, widgets.places);
    plane.fill(BAR, colors.bar);
    const { lastKeys, lastClick } = view;
    if (lastKeys !== null) this.#say(plane, 24, `Keys: ${shortened(lastKeys, 20)}`);
    if (lastClick !== null) {
      const { button, count, target } = lastClick;
      this.#say(plane, 360, `Click: ${button} x${count} on ${shortened(target, 14)}`);
    }
    if (held !== '') this.#say(plane, 760, `Held: ${shortened(held, 20)}`);
  }

  #say(plane: Plane, x: number, text: string): void {
    plane.text(text, { ...BAR, x, width: 320 }, colors.text, { units: 2 });
  }
}
