import type { PadReading } from '../gamepad-state.ts';
import { BUTTONS, hatDirection, type PadLayout, type PadPart, type Source, STICKS } from './layout.ts';

/** An axis this far from its rest position was moved on purpose. */
const MEANT = 0.5;
/** This close, it is at rest. */
const RESTS = 0.25;

/** The order of questions: sticks last, as many gamepads have none. */
const QUESTIONS: readonly PadPart[] = [...BUTTONS, ...STICKS];

/**
 * Learns which button and axis of a gamepad is what: asks for one part after another, and takes whatever moves next. Sticks are to
 * be pushed right or down. Pure: keep giving it the gamepad's state.
 */
export class PadLesson {
  readonly #rest: PadReading;
  readonly #layout: PadLayout = {};
  #next = 0;
  /** The part taken last is still held. */
  #isHeld = true;

  /** `pad` at rest, with nobody touching it. */
  constructor(pad: PadReading) {
    this.#rest = { buttons: pad.buttons.map((button) => ({ ...button })), axes: [...pad.axes] };
  }

  /** The part being asked for; null: all have been. */
  get asks(): PadPart | null {
    return QUESTIONS[this.#next] ?? null;
  }

  /** How many parts have been asked for, of how many. */
  get progress(): { done: number; of: number } {
    return { done: this.#next, of: QUESTIONS.length };
  }

  get layout(): PadLayout {
    return this.#layout;
  }

  /** The gamepad has no such part. */
  skip(): void {
    this.#next += 1;
    this.#isHeld = true;
  }

  /** The gamepad now. True: the next part is being asked for. */
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
      // Triggers rest at one end, direction axes in the middle.
      return { kind: 'axis', index, from: Math.abs(rest) > MEANT ? Math.sign(rest) : 0, to };
    }
    return null;
  }

  #isTaken(kind: Source['kind'], index: number): boolean {
    return Object.values(this.#layout).some((source) => source.kind === kind && source.index === index);
  }
}
