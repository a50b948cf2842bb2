import type { InputPacket } from '@moonshare/gamestream';

/** Chromium reports one notch of a usual mouse wheel as 100 CSS pixels (120 with some Linux desktops). */
const PIXELS_PER_NOTCH = 100;
/** The most that one event may scroll. */
const MAX_NOTCHES = 20;

type Axis = 'scroll' | 'hscroll';

/** Collects the wheels of all viewers to whole notches: Linux hosts drop smaller steps or make a notch of each (protocol/2 §4.4). */
export class Wheel {
  /** Fractions of a notch that wait, per viewer. */
  readonly #rest = new Map<string, Record<Axis, number>>();

  pixels(viewer: string, dx: number, dy: number): InputPacket[] {
    return this.notches(viewer, dx / PIXELS_PER_NOTCH, dy / PIXELS_PER_NOTCH);
  }

  /** dx right, dy up. */
  notches(viewer: string, dx: number, dy: number): InputPacket[] {
    return [...this.#turn(viewer, 'scroll', dy), ...this.#turn(viewer, 'hscroll', dx)];
  }

  forget(viewer: string): void {
    this.#rest.delete(viewer);
  }

  forgetAll(): void {
    this.#rest.clear();
  }

  #turn(viewer: string, axis: Axis, notches: number): InputPacket[] {
    if (notches === 0 || !Number.isFinite(notches)) return [];
    const rest = this.#rest.get(viewer) ?? { scroll: 0, hscroll: 0 };
    this.#rest.set(viewer, rest);
    const turnedBack = Math.sign(rest[axis]) === -Math.sign(notches);
    const sum = (turnedBack ? 0 : rest[axis]) + Math.min(Math.max(notches, -MAX_NOTCHES), MAX_NOTCHES);
    // Ten steps of 0.1 are a little less than 1.
    const whole = Math.trunc(sum + Math.sign(sum) * 1e-9);
    rest[axis] = sum - whole;
    return Array.from({ length: Math.abs(whole) }, () => ({ kind: axis, amount: 120 * Math.sign(whole) }));
  }
}
