import type { HostMessage, InputPacket } from '@moonshare/gamestream';
import { GAMEPAD_BUTTONS } from '../desktop/gamepad.ts';

const RUMBLE_MS = 250;
const TRIGGER_RUMBLE = 0x0004;
const ACCELEROMETER = 0x0010;
const GYROSCOPE = 0x0020;
const RGB_LED = 0x0080;
const PLAYSTATION = 2;

/** Light bar colours by pad number, so that players can tell their pads apart. */
const COLORS = [
  [0x5a, 0xa9, 0xff],
  [0xff, 0x7a, 0x9c],
  [0x5f, 0xe3, 0xa1],
  [0xff, 0xd8, 0x66],
] as const;

type Motor = 'rumble' | 'triggerRumble';

/** `timers`: when each running motor stops. */
interface Pad {
  buttons: number;
  capabilities: number;
  timers: Map<Motor, NodeJS.Timeout>;
}

/**
 * What this host's "game" does with gamepads: A rumbles the pad for a moment, B the triggers of pads that have motors there, a
 * pad with a light bar gets a colour when it is plugged in, and a PlayStation pad is asked for its motion sensors, as
 * real hosts do.
 */
export class Feedback {
  readonly #send: (message: HostMessage) => void;
  readonly #pads = new Map<number, Pad>();

  constructor(send: (message: HostMessage) => void) {
    this.#send = send;
  }

  apply(packet: InputPacket): void {
    if (packet.kind === 'controllerArrival') {
      const { number, type, capabilities } = packet;
      this.#forget(number);
      this.#pads.set(number, { buttons: 0, capabilities, timers: new Map() });
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
      const pad = this.#pads.get(number) ?? { buttons: 0, capabilities: 0, timers: new Map() };
      this.#pads.set(number, pad);
      const pressed = buttons & ~pad.buttons;
      pad.buttons = buttons;
      if (pressed & GAMEPAD_BUTTONS.a) this.#shake(number, pad, 'rumble');
      if (pressed & GAMEPAD_BUTTONS.b && pad.capabilities & TRIGGER_RUMBLE) this.#shake(number, pad, 'triggerRumble');
    }
  }

  /** Forgets all pads; nothing is sent any more. */
  stop(): void {
    for (const number of [...this.#pads.keys()]) this.#forget(number);
  }

  #shake(number: number, pad: Pad, motor: Motor): void {
    const message = (low: number, high: number): HostMessage =>
      motor === 'triggerRumble'
        ? { type: motor, controller: number, left: low, right: high }
        : { type: motor, controller: number, low, high };
    clearTimeout(pad.timers.get(motor));
    this.#send(message(0x8000, 0x4000));
    const still = () => {
      pad.timers.delete(motor);
      this.#send(message(0, 0));
    };
    pad.timers.set(motor, setTimeout(still, RUMBLE_MS));
  }

  #forget(number: number): void {
    for (const timer of this.#pads.get(number)?.timers.values() ?? []) clearTimeout(timer);
    this.#pads.delete(number);
  }
}
