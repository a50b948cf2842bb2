import type { ViewerFeedback } from '@moonshare/contract';
import type { InputDevice, SendInput } from './device.ts';
import { GamepadTracker } from './gamepad-tracker.ts';
import { Rumble } from './rumble.ts';

export interface Gamepads extends InputDevice {
  /** A fresh connection: says again which pads there are. */
  announce(): void;
  feedback(feedback: ViewerFeedback): void;
}

/** Browsers give gamepads only to secure pages (HTTPS or localhost). */
export function gamepadsAvailable(): boolean {
  return globalThis.isSecureContext === true && typeof navigator.getGamepads === 'function';
}

/** Polls the pads with each picture of the screen and sends what changed. They work wherever the focus is in the page. */
export function captureGamepads(send: SendInput): Gamepads {
  const tracker = new GamepadTracker();
  const rumble = new Rumble();
  let frame = 0;

  const poll = (now: number): void => {
    // A page without focus must not play along with the one that has it.
    if (document.hasFocus()) for (const event of tracker.poll(navigator.getGamepads(), now)) send(event);
    frame = requestAnimationFrame(poll);
  };
  if (gamepadsAvailable()) frame = requestAnimationFrame(poll);

  return {
    announce() {
      for (const event of tracker.announce(performance.now())) send(event);
    },
    feedback(feedback) {
      const index = tracker.indexOf(feedback.id);
      const pad = index === null ? null : (navigator.getGamepads()[index] ?? null);
      if (pad?.vibrationActuator) rumble.play(pad.vibrationActuator, feedback);
    },
    releaseAll() {
      for (const event of tracker.rest(performance.now())) send(event);
    },
    close() {
      cancelAnimationFrame(frame);
      for (const event of tracker.clear()) send(event);
    },
  };
}
