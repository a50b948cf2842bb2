import type { HostMessage, InputPacket } from '@moonshare/gamestream';
import { GAMEPAD_BUTTONS } from '../desktop/gamepad.ts';

const RUMBLE_MS = 250;
const TRIGGER_RUMBLE = 0x0004;
const ACCELEROMETER = 0x0010;
const GYROSCOPE = 0x0020;
const RGB_LED = 0x0080;
const PLAYSTATION = 2;

/** Light bar colours by pad number, so that players tell their pads apart. */
const COLORS = [
  [0x5a, 0xa9, 0xff],
  [0xff, 0x7a, 0x9c],
  [0x5f, 0xe3, 0xa1],
  [0xff, 0xd8, 0x66],
] as const;

/**
 * What this host's "game" does with gamepads: A shakes the pad for a moment, B shakes the triggers of pads that can, a
 * pad with a light bar gets a colour when it is plugged in, and a PlayStation pad is asked for its motion sensors, as
 * real hosts do.
 */
export class Feedback {
  readonly #send: (message: HostMessage) => void;
  readonly #pads = new Map<number, { buttons: number; capabilities: number; timer: NodeJS.Timeout | null }>();

  constructor(send: (message: HostMessage) => void) {
    this.#send = send;
  }

  apply(packet: InputPacket): void {
    if (packet.kind === 'controllerArrival') {
      const { number, type, capabilities } = packet;
      this.#forget(number);
      this.#pads.set(number, { buttons: 0, capabilities, timer: null });
      if (capabilities & RGB_LED) {
        const [red, green, blue] = COLORS[number % COLORS.length]!;
        this.#send({ type: 'led', controller: number, red, green, blue });
      }
      if (type !== PLAYSTATION) return;
      if (capabilities & ACCELEROMETER)
        this.#send({ type: 'motionEnable', controller: number, rateHz: 100, sensor: 1 });
      if (capabilities & GYROSCOPE) this.#send({ type: 'motionEnable', controller: number, rateHz: 100, sensor: 2 });
    } else if (packet.kind === 'controllerState') {
      const { number, buttons } = packet;
      if ((packet.activeMask & (1 << number)) === 0) {
        this.#forget(number);
        return;
      }
      const pad = this.#pads.get(number) ?? { buttons: 0, capabilities: 0, timer: null };
      this.#pads.set(number, pad);
      const pressed = buttons & ~pad.buttons;
      pad.buttons = buttons;
      const triggers = (pressed & GAMEPAD_BUTTONS.b) !== 0 && (pad.capabilities & TRIGGER_RUMBLE) !== 0;
      if (pressed & GAMEPAD_BUTTONS.a || triggers) this.#shake(number, triggers);
    }
  }

  /** Forgets all pads; nothing is sent any more. */
  stop(): void {
    for (const number of [...this.#pads.keys()]) this.#forget(number);
  }

  #shake(number: number, triggers: boolean): void {
    const pad = this.#pads.get(number)!;
    const message = (low: number, high: number): HostMessage =>
      triggers
        ? { type: 'triggerRumble', controller: number, left: low, right: high }
        : { type: 'rumble', controller: number, low, high };
    if (pad.timer !== null) clearTimeout(pad.timer);
    this.#send(message(0x8000, 0x4000));
    pad.timer = setTimeout(() => this.#send(message(0, 0)), RUMBLE_MS);
  }

  #forget(number: number): void {
    const timer = this.#pads.get(number)?.timer;
    if (timer) clearTimeout(timer);
    this.#pads.delete(number);
  }
}
