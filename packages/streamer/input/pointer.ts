import { clamp, invariant } from '@moonshare/contract';
import type { InputPacket } from '@moonshare/gamestream';
import { HeldUnion } from './held-union.ts';

const I16_MAX = 0x7fff;
/** The farthest a single relative move can go: eight packets. */
const MAX_MOVE = 8 * I16_MAX;

/** One mouse for all: any viewer moves it, but a drag belongs to the viewer that began it until its button is up. */
export class Pointer {
  readonly #buttons = new HeldUnion();
  /** Viewers with a button down, in the order they began; the first owns the drag. */
  #dragging: string[] = [];

  mayMove(viewer: string): boolean {
    return this.#dragging.length === 0 || this.#dragging[0] === viewer;
  }

  /** Moves beyond 16 bits become several packets, protocol/2 §4.4. */
  move(viewer: string, dx: number, dy: number): InputPacket[] {
    if (!this.mayMove(viewer) || !Number.isFinite(dx) || !Number.isFinite(dy)) return [];
    let x = clamp(Math.trunc(dx), -MAX_MOVE, MAX_MOVE);
    let y = clamp(Math.trunc(dy), -MAX_MOVE, MAX_MOVE);
    const packets: InputPacket[] = [];
    while (x !== 0 || y !== 0) {
      const stepX = clamp(x, -I16_MAX, I16_MAX);
      const stepY = clamp(y, -I16_MAX, I16_MAX);
      packets.push({ kind: 'mouseMove', dx: stepX, dy: stepY });
      x -= stepX;
      y -= stepY;
    }
    return packets;
  }

  /** x, y on a plane of width × height; planes below 2 × 2 are meaningless and ignored, protocol/2 §4.4. */
  position(viewer: string, at: { x: number; y: number; width: number; height: number }): InputPacket[] {
    if (!this.mayMove(viewer) || at.width < 2 || at.height < 2) return [];
    const x = clamp(Math.trunc(at.x), 0, at.width - 1);
    const y = clamp(Math.trunc(at.y), 0, at.height - 1);
    return [{ kind: 'mousePosition', x, y, width: at.width, height: at.height }];
  }

  /** button: 1 left to 5 X2. */
  button(viewer: string, down: boolean, button: number): InputPacket[] {
    if (button < 1 || button > 5) return [];
    if (down) {
      const wentDown = this.#buttons.press(viewer, button);
      if (!this.#dragging.includes(viewer)) this.#dragging.push(viewer);
      return wentDown ? [{ kind: 'mouseDown', button }] : [];
    }
    const wentUp = this.#buttons.release(viewer, button);
    if (this.#buttons.countHeldBy(viewer) === 0) this.#endDrag(viewer);
    this.#check();
    return wentUp ? [{ kind: 'mouseUp', button }] : [];
  }

  release(viewer: string): InputPacket[] {
    this.#endDrag(viewer);
    const released = this.#buttons.releaseViewer(viewer);
    this.#check();
    return released.map((button) => ({ kind: 'mouseUp', button }));
  }

  countHeldBy(viewer: string): number {
    return this.#buttons.countHeldBy(viewer);
  }

  /** A drag goes on under the new id. */
  transfer(from: string, to: string): void {
    this.#buttons.transfer(from, to);
    this.#dragging = this.#dragging.map((viewer) => (viewer === from ? to : viewer));
    this.#check();
  }

  releaseAll(): InputPacket[] {
    this.#dragging = [];
    return this.#buttons.clear().map((button) => ({ kind: 'mouseUp', button }));
  }

  /** A drag by a viewer that holds nothing would keep the mouse from everyone for good. */
  #check(): void {
    const isHeld = this.#dragging.every((viewer) => this.#buttons.countHeldBy(viewer) > 0);
    invariant(isHeld, 'a viewer drags without a button');
  }

  #endDrag(viewer: string): void {
    this.#dragging = this.#dragging.filter((other) => other !== viewer);
  }
}
