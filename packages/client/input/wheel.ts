/** Pixels per line or page of `WheelEvent.deltaMode`, as Chromium counts them. */
const LINE_PIXELS = 40;
const PAGE_PIXELS = 800;

export type WheelDelta = Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode'>;

/** Adds wheel events up to whole pixels, with y upwards; a touchpad's fractions are kept for the next event. */
export class WheelPixels {
  #x = 0;
  #y = 0;

  /** null while it is less than a pixel. */
  add(event: WheelDelta): { dx: number; dy: number } | null {
    const scale = event.deltaMode === 1 ? LINE_PIXELS : event.deltaMode === 2 ? PAGE_PIXELS : 1;
    this.#x += event.deltaX * scale;
    this.#y -= event.deltaY * scale;
    const dx = Math.trunc(this.#x);
    const dy = Math.trunc(this.#y);
    this.#x -= dx;
    this.#y -= dy;
    return dx === 0 && dy === 0 ? null : { dx, dy };
  }
}
