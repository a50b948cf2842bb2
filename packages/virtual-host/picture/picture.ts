import type { Desktop } from '../desktop/desktop.ts';
import { Canvas, type Rect } from './canvas.ts';
import { BLACK, palette } from './color.ts';
import { drawFrameNumber, SQUARE } from './frame-number.ts';
import { drawGamepad } from './gamepad-panel.ts';
import { drawKeys, drawMouse, drawTyped } from './input-panels.ts';
import { type Layout, layoutFor } from './layout.ts';
import { makeMask } from './mask.ts';
import { drawPointers } from './pointers.ts';
import { drawMoving, drawSky } from './sky.ts';
import { drawText, textWidth } from './text.ts';

const PANELS = { keys: drawKeys, mouse: drawMouse, text: drawTyped };

/**
 * The picture of one session. Its still parts are kept on a canvas of their own; each frame restores what the previous
 * frame's moving parts covered, redraws what changed, and paints the moving parts again.
 */
export class PictureRenderer {
  readonly canvas: Canvas;
  readonly #still: Canvas;
  readonly #layout: Layout;
  #covered: Rect[] = [];
  /** Revisions of the desktop that the still canvas shows; -1 before the first frame. */
  readonly #drawn = { keys: -1, mouse: -1, text: -1, gamepads: -1 };
  readonly #drawnPads: string[];

  /** `about` is one line about the stream, shown below the title. Width and height are even. */
  constructor(width: number, height: number, about: string) {
    this.canvas = new Canvas(width, height);
    this.#still = new Canvas(width, height);
    this.#layout = layoutFor(width, height);
    this.#drawnPads = this.#layout.gamepads.map(() => '');
    this.#drawStill(about);
    this.canvas.copy(this.#still, { x: 0, y: 0, width, height });
  }

  /** Draws one frame into `canvas`. `time` is the wall clock in ms. */
  draw(desktop: Desktop, frame: number, time: number): void {
    const changed = this.#refresh(desktop);
    for (const rect of [...this.#covered, ...changed]) this.canvas.copy(this.#still, rect);
    this.#covered = [
      ...drawMoving(this.canvas, this.#layout, time),
      this.#drawClock(time),
      this.#drawCount(frame),
      ...drawPointers(this.canvas, this.#layout, desktop),
    ];
    drawFrameNumber(this.canvas, frame);
  }

  #drawStill(about: string): void {
    const { width, height } = this.#still;
    const layout = this.#layout;
    this.#still.fill({ x: 0, y: 0, width, height }, palette.back);
    this.#still.fill({ x: 0, y: 0, width, height: SQUARE }, BLACK);
    const { logo } = layout;
    this.#still.stamp(crescent(logo.width), logo.x, logo.y, palette.moon);
    drawText(this.#still, 'Moonshare virtual host', layout.title.x, layout.title.y, layout.title.size, palette.text);
    drawText(this.#still, about, layout.about.x, layout.about.y, layout.font(1.5), palette.muted);
    drawSky(this.#still, layout);
  }

  /** Redraws the panels whose subject changed; returns the rectangles to copy. */
  #refresh(desktop: Desktop): Rect[] {
    const changed: Rect[] = [];
    const layout = this.#layout;
    const drawn = this.#drawn;
    const { revisions } = desktop;
    for (const panel of ['keys', 'mouse', 'text'] as const) {
      if (drawn[panel] === revisions[panel]) continue;
      PANELS[panel](this.#still, layout, desktop);
      drawn[panel] = revisions[panel];
      changed.push(layout[panel]);
    }
    if (drawn.gamepads !== revisions.gamepads) {
      drawn.gamepads = revisions.gamepads;
      desktop.gamepads.slots.forEach((pad, slot) => {
        const state = pad === null ? 'none' : JSON.stringify({ ...pad, motion: null, battery: null });
        if (this.#drawnPads[slot] === state) return;
        this.#drawnPads[slot] = state;
        const rect = layout.gamepads[slot]!;
        drawGamepad(this.#still, layout, rect, slot, pad);
        changed.push(rect);
      });
    }
    return changed;
  }

  #drawClock(time: number): Rect {
    const { clock } = this.#layout;
    return this.#drawRight(clockText(new Date(time)), clock.right, clock.y, clock.size);
  }

  #drawCount(frame: number): Rect {
    const place = this.#layout.frame;
    return this.#drawRight(`frame ${frame}`, place.right, place.y, place.size);
  }

  #drawRight(text: string, right: number, y: number, size: number): Rect {
    const width = Math.ceil(textWidth(text, size) + 2 * size);
    drawText(this.canvas, text, right - width + 2 * size, y, size, palette.text);
    return {
      x: Math.floor(right - width - size),
      y: Math.floor(y - size) - 1,
      width: Math.ceil(width + 4 * size),
      height: Math.ceil(11 * size) + 2,
    };
  }
}

function crescent(size: number) {
  const radius = size / 2;
  return makeMask(size, size, (x, y) => {
    const inMoon = radius - Math.hypot(x - radius, y - radius) + 0.5;
    const outOfShadow = Math.hypot(x - radius * 1.42, y - radius * 0.78) - radius * 0.86 + 0.5;
    return Math.min(inMoon, outOfShadow);
  });
}

function clockText(now: Date): string {
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, '0')}`;
}
