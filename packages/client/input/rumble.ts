import type { ViewerFeedback } from '@moonshare/contract/browser';
import { vibrationEffects } from './gamepad-state.ts';

/** The longest effect that browsers play; hosts mean "until further notice". */
const EFFECT_MS = 5000;

/** The parts of `GamepadHapticActuator` that are used. */
export interface Actuator {
  effects?: readonly string[];
  playEffect(type: 'dual-rumble' | 'trigger-rumble', parameters: Record<string, number>): Promise<unknown>;
  reset(): Promise<unknown>;
}

interface Motors {
  strong: number;
  weak: number;
  left: number;
  right: number;
}

/** Plays the host's rumble. Both kinds of motors share one effect, so each message keeps what the other set. */
export class Rumble {
  #motors = new WeakMap<object, Motors>();

  play(actuator: Actuator, feedback: ViewerFeedback): void {
    const motors = this.#motors.get(actuator) ?? { strong: 0, weak: 0, left: 0, right: 0 };
    this.#motors.set(actuator, motors);
    if (feedback.kind === 'rumble') {
      motors.strong = feedback.low / 0xffff;
      motors.weak = feedback.high / 0xffff;
    } else {
      motors.left = feedback.left / 0xffff;
      motors.right = feedback.right / 0xffff;
    }
    // A gamepad that was just unplugged refuses; nothing can be done about it.
    void this.#apply(actuator, motors).catch(() => undefined);
  }

  #apply(actuator: Actuator, motors: Motors): Promise<unknown> {
    const { strong, weak, left, right } = motors;
    if (strong + weak + left + right === 0) return actuator.reset();
    const dual = { duration: EFFECT_MS, strongMagnitude: strong, weakMagnitude: weak };
    if (!vibrationEffects(actuator).includes('trigger-rumble')) return actuator.playEffect('dual-rumble', dual);
    return actuator.playEffect('trigger-rumble', { ...dual, leftTrigger: left, rightTrigger: right });
  }
}
