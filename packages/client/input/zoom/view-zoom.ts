import { clamp } from '@moonshare/contract/browser';

const MOST = 6;
/** Below this the picture is not enlarged, so that pinching together ends where it began. */
const LEAST = 1.05;
/** The most that one event changes; a notched wheel is not a touchpad. */
const MOST_OF_ONE = 1.5;
/** Browsers report a pinch in wheel pixels; this many enlarge the picture e times. */
const PIXELS_PER_E = 100;

/**
 * How large the picture is shown here, and about which point of its element, each 0..1. The point is where the mouse is: what is under
 * it stays there at every scale, and moving it to the edge shows the edge. Pure.
 */
export class ViewZoom {
  #scale = 1;
  /** When the gesture began. */
  #scaleBefore = 1;
  x = 0.5;
  y = 0.5;

  get scale(): number {
    return this.#scale < LEAST ? 1 : this.#scale;
  }

  pinch(deltaY: number): void {
    const factor = Math.exp(-deltaY / PIXELS_PER_E);
    this.#set(this.#scale * clamp(factor, 1 / MOST_OF_ONE, MOST_OF_ONE));
  }

  gestureStart(): void {
    this.#scaleBefore = this.#scale;
  }

  /** `scale` is relative to the beginning of the gesture. */
  gesture(scale: number): void {
    this.#set(this.#scaleBefore * scale);
  }

  /** `box`: where the element is on the page now, including the enlargement. */
  moveTo(clientX: number, clientY: number, box: { left: number; top: number; width: number; height: number }): void {
    this.x = place(clientX, box.left, box.width, this.scale, this.x);
    this.y = place(clientY, box.top, box.height, this.scale, this.y);
  }

  #set(scale: number): void {
    if (Number.isFinite(scale)) this.#scale = clamp(scale, 1, MOST);
  }
}

/** A position on the page as 0..1 of the element without its enlargement. */
function place(client: number, start: number, length: number, scale: number, origin: number): number {
  if (length <= 0) return origin;
  const plain = length / scale;
  const plainStart = start - (1 - scale) * origin * plain;
  return clamp((client - plainStart) / plain, 0, 1);
}
