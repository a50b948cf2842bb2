import type { ViewerFeedback } from '@moonshare/contract/browser';
import type { InputDevice, SendInput } from './device.ts';
import { GamepadTracker, type PadInfo } from './gamepad-tracker.ts';
import type { PadLayout } from './pads/layout.ts';
import { LayoutRegistry } from './pads/layout-registry.ts';
import { tableFor } from './pads/sdl-mapping.ts';
import { gamepadsAvailable, platformOf } from './platform.ts';
import { Rumble } from './rumble.ts';

export interface Gamepads extends InputDevice {
  /** A new connection: announces the gamepads again. */
  announce(): void;
  feedback(feedback: ViewerFeedback): void;
  /** Which of the controllers here have a slot on the host. */
  players(players: readonly { id: number; player: number }[]): void;
  /** From now on gamepads of this kind (`Gamepad.id`) are read with this layout. */
  learn(id: string, layout: PadLayout): void;
}

/** Polls the gamepads with each screen refresh and sends what changed. They work wherever the focus is in the page. */
export function captureGamepads(send: SendInput, changed: (pads: PadInfo[]) => void): Gamepads {
  const registry = new LayoutRegistry(tableFor(platformOf(navigator)), localStorageIfAllowed());
  const tracker = new GamepadTracker((pad) => registry.standard(pad));
  const rumble = new Rumble();
  let frame = 0;
  let reported = '[]';
  let hasTable = false;

  const report = (): void => {
    const { pads } = tracker;
    const text = JSON.stringify(pads);
    if (text === reported) return;
    reported = text;
    changed(pads);
    // Loaded on demand, since few people need it.
    if (hasTable || !pads.some(({ status }) => status.kind === 'unsupported')) return;
    hasTable = true;
    void import('./pads/sdl-table.json', { with: { type: 'json' } }).then(
      (table) => registry.take(table.default),
      () => {
        hasTable = false;
      },
    );
  };
  const poll = (now: number): void => {
    // A page without focus must not play along with the one that has it.
    if (document.hasFocus()) {
      for (const event of tracker.poll(navigator.getGamepads(), now)) send(event);
      report();
    }
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
    players(players) {
      tracker.players(players);
      report();
    },
    learn: (id, layout) => registry.learn(id, layout),
    releaseAll() {
      for (const event of tracker.rest(performance.now())) send(event);
    },
    close() {
      cancelAnimationFrame(frame);
      for (const event of tracker.clear()) send(event);
      report();
    },
  };
}

function localStorageIfAllowed(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
