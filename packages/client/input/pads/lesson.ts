import type { PadReading } from '../gamepad-state.ts';
import { BUTTONS, hatDirection, type PadLayout, type PadPart, type Source, STICKS } from './layout.ts';

/** So far from where it rested an axis was meant. */
const MEANT = 0.5;
/** So near it rests. */
const RESTS = 0.25;

/** What is asked for in which order: sticks last, as many pads have none. */
const QUESTIONS: readonly PadPart[] = [...BUTTONS, ...STICKS];

/**
 * Teaches which button and axis of a pad is what: asks for one part after the other, and takes what moves next. A stick is to be
 * pushed to the right or down. Pure: give it the pad, again and again.
 */
export class PadLesson {
  readonly #rest: PadReading;
  readonly #layout: PadLayout = {};
  #next = 0;
  /** What was taken is still held. */
  #isHeld = true;

  /** `pad` at rest: nobody touches it. */
  constructor(pad: PadReading) {
    this.#rest = { buttons: pad.buttons.map((button) => ({ ...button })), axes: [...pad.axes] };
  }

  /** The part that is asked for; null: all were. */
  get asks(): PadPart | null {
    return QUESTIONS[this.#next] ?? null;
  }

  /** How many were asked, of how many. */
  get progress(): { done: number; of: number } {
    return { done: this.#next, of: QUESTIONS.length };
  }

  get layout(): PadLayout {
    return this.#layout;
  }

  /** It has no such part. */
  skip(): void {
    this.#next += 1;
    this.#isHeld = true;
  }

  /** The pad now. True: the next part is asked for. */
  look(pad: PadReading): boolean {
    const asked = this.asks;
    if (asked === null) return false;
    if (this.#isHeld) {
      this.#isHeld = !this.#rests(pad);
      return false;
    }
    const source = this.#moved(pad, (STICKS as readonly PadPart[]).includes(asked));
    if (source === null) return false;
    this.#layout[asked] = source;
    this.skip();
    return true;
  }

  #rests(pad: PadReading): boolean {
    return (
      pad.buttons.every((button, index) => button.pressed === (this.#rest.buttons[index]?.pressed ?? false)) &&
      pad.axes.every((value, index) => Math.abs(value - (this.#rest.axes[index] ?? 0)) < RESTS)
    );
  }

  #moved(pad: PadReading, isStick: boolean): Source | null {
    const index = isStick ? -1 : pad.buttons.findIndex(({ pressed }, i) => pressed && !this.#rest.buttons[i]?.pressed);
    if (index >= 0) return this.#isTaken('button', index) ? null : { kind: 'button', index };
    for (const [index, value] of pad.axes.entries()) {
      const rest = this.#rest.axes[index] ?? 0;
      if (Math.abs(value - rest) < MEANT || (isStick && this.#isTaken('axis', index))) continue;
      if (hatDirection(rest) === null) {
        const direction = hatDirection(value);
        if (direction !== null && !isStick) return { kind: 'hat', index, direction };
        continue;
      }
      const to = Math.sign(value - rest);
      if (isStick) return { kind: 'axis', index, from: -to, to };
      // Triggers rest at one end, directions in the middle.
      return { kind: 'axis', index, from: Math.abs(rest) > MEANT ? Math.sign(rest) : 0, to };
    }
    return null;
  }

  #isTaken(kind: Source['kind'], index: number): boolean {
    return Object.values(this.#layout).some((source) => source.kind === kind && source.index === index);
  }
}
