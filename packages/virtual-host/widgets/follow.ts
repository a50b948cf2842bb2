import { modifiersIn } from '../keyboard/us-layout.ts';
import { clamp, PLANE, type Point } from './places.ts';
import type { Widgets } from './widgets.ts';

/** The state of the input devices that the small desktop reacts to, all participants' together. */
export interface Devices {
  /** On `PLANE`. */
  pointer: Point;
  /** Virtual keys and mouse buttons that are down. */
  keys: readonly number[];
  buttons: readonly number[];
  /** Turned so far, 120 a notch. */
  wheel: { vertical: number; horizontal: number };
  /** By name; x and y are fractions of the picture, perhaps outside of it. */
  touches: ReadonlyMap<string, Point>;
  capsLock: boolean;
}

/**
 * Turns changes of the devices' state into what happens on the small desktop. It compares states, since a button goes down with the
 * first who presses it and up with the last, whether that one releases it or leaves.
 */
export class WidgetInput {
  readonly #widgets: Widgets;
  /** The touch that acts as the left mouse button: one that began while no other did. */
  #finger: { name: string; at: Point } | null = null;

  constructor(widgets: Widgets) {
    this.#widgets = widgets;
  }

  /** `time` in ms, of which only differences count. */
  follow(before: Devices, now: Devices, time: number): void {
    const widgets = this.#widgets;
    const modifiers = modifiersIn(now.keys);
    const at = now.pointer;
    if (at.x !== before.pointer.x || at.y !== before.pointer.y) widgets.move('mouse', at);
    for (const button of before.buttons) if (!now.buttons.includes(button)) widgets.release('mouse', button, at);
    for (const button of now.buttons) {
      if (!before.buttons.includes(button)) widgets.press({ pointer: 'mouse', button, at, modifiers, time });
    }
    for (const key of now.keys) if (!before.keys.includes(key)) widgets.key(key, modifiers, now.capsLock);
    const vertical = now.wheel.vertical - before.wheel.vertical;
    const horizontal = now.wheel.horizontal - before.wheel.horizontal;
    if (vertical !== 0 || horizontal !== 0) widgets.wheel(at, vertical, horizontal);
    this.#followFinger(before, now, time);
  }

  #followFinger(before: Devices, { touches, keys }: Devices, time: number): void {
    const finger = this.#finger;
    if (finger === null) {
      const first = [...touches].find(([name]) => !before.touches.has(name));
      if (first === undefined) return;
      this.#finger = { name: first[0], at: onPlane(first[1]) };
      this.#widgets.press({ pointer: 'finger', button: 1, at: this.#finger.at, modifiers: modifiersIn(keys), time });
      return;
    }
    const touch = touches.get(finger.name);
    if (touch === undefined) {
      this.#finger = null;
      this.#widgets.release('finger', 1, finger.at);
      return;
    }
    const at = onPlane(touch);
    if (at.x === finger.at.x && at.y === finger.at.y) return;
    finger.at = at;
    this.#widgets.move('finger', at);
  }
}

function onPlane({ x, y }: Point): Point {
  return { x: clamp(x, 0, 1) * PLANE.width, y: clamp(y, 0, 1) * PLANE.height };
}
