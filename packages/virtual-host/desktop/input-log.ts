import type { InputPacket } from '@moonshare/gamestream';
import { keyName, mouseButtonName, virtualKey } from '../keyboard/key-names.ts';
import { pressedButtons } from './gamepad.ts';

/** One input event in the answer of `GET /input`: the packet, plus readable names for its numbers. */
export type LoggedInput = InputPacket & {
  /** Counts from 1 and never restarts, so a gap shows that old entries were dropped. */
  sequence: number;
  /** Wall clock, ISO 8601. */
  time: string;
  session: number;
  key?: string;
  buttonName?: string;
  pressed?: string[];
};

const CAPACITY = 20_000;

/** Every input event in order of arrival; the oldest are dropped first. */
export class InputLog {
  readonly #entries: LoggedInput[] = [];
  #sequence = 0;

  add(session: number, packet: InputPacket, time: Date): void {
    this.#entries.push({
      sequence: ++this.#sequence,
      time: time.toISOString(),
      session,
      ...packet,
      ...names(packet),
    });
    // Dropped in bulk: shifting one by one would copy the list for each event.
    if (this.#entries.length >= 2 * CAPACITY) this.#entries.splice(0, CAPACITY);
  }

  /** Entries after `sequence`, at most the newest 20 000. */
  since(sequence: number): LoggedInput[] {
    return this.#entries.slice(-CAPACITY).filter((entry) => entry.sequence > sequence);
  }

  get total(): number {
    return this.#sequence;
  }
}

function names(packet: InputPacket): { key?: string; buttonName?: string; pressed?: string[] } {
  switch (packet.kind) {
    case 'keyDown':
    case 'keyUp':
      return { key: keyName(virtualKey(packet.keyCode)) };
    case 'mouseDown':
    case 'mouseUp':
      return { buttonName: mouseButtonName(packet.button) };
    case 'controllerState':
      return { pressed: pressedButtons(packet.buttons) };
    default:
      return {};
  }
}
