import type { ControllerStatePacket } from '@moonshare/gamestream';

/** Button bits of protocol/2 §4.6, in wire order. */
export const GAMEPAD_BUTTONS = {
  up: 0x0001,
  down: 0x0002,
  left: 0x0004,
  right: 0x0008,
  start: 0x0010,
  back: 0x0020,
  leftStick: 0x0040,
  rightStick: 0x0080,
  leftShoulder: 0x0100,
  rightShoulder: 0x0200,
  guide: 0x0400,
  a: 0x1000,
  b: 0x2000,
  x: 0x4000,
  y: 0x8000,
  paddle1: 0x010000,
  paddle2: 0x020000,
  paddle3: 0x040000,
  paddle4: 0x080000,
  touchpad: 0x100000,
  misc: 0x200000,
} as const;

const TYPES = ['gamepad', 'Xbox', 'PlayStation', 'Nintendo', 'Steam'];

/** How many gamepads a GameStream host can take. */
const GAMEPAD_SLOTS = 16;

export interface Gamepad {
  slot: number;
  session: number;
  /** The client's own number for it. */
  number: number;
  type: number;
  capabilities: number;
  buttons: number;
  leftTrigger: number;
  rightTrigger: number;
  leftX: number;
  leftY: number;
  rightX: number;
  rightY: number;
  motion: { sensor: number; x: number; y: number; z: number }[];
  battery: { state: number; percentage: number } | null;
}

export function gamepadTypeName(type: number): string {
  return TYPES[type] ?? TYPES[0]!;
}

export function pressedButtons(buttons: number): string[] {
  return Object.entries(GAMEPAD_BUTTONS)
    .filter(([, bit]) => (buttons & bit) !== 0)
    .map(([name]) => name);
}

/** The host's gamepads: each pad gets a slot of its own, with its own number if that is free. */
export class GamepadSlots {
  readonly slots: (Gamepad | null)[] = Array.from({ length: GAMEPAD_SLOTS }, () => null);

  find(session: number, number: number): Gamepad | null {
    return this.slots.find((pad) => pad?.session === session && pad.number === number) ?? null;
  }

  /** Null when all slots are taken. */
  attach(session: number, number: number, type: number, capabilities: number): Gamepad | null {
    const known = this.find(session, number);
    if (known !== null) {
      known.type = type;
      known.capabilities = capabilities;
      return known;
    }
    const slot = this.slots[number] === null ? number : this.slots.indexOf(null);
    if (slot < 0) return null;
    const pad: Gamepad = {
      slot,
      session,
      number,
      type,
      capabilities,
      buttons: 0,
      leftTrigger: 0,
      rightTrigger: 0,
      leftX: 0,
      leftY: 0,
      rightX: 0,
      rightY: 0,
      motion: [],
      battery: null,
    };
    this.slots[slot] = pad;
    return pad;
  }

  /** A state packet attaches an unknown pad, and detaches one whose own mask bit is clear (protocol/2 §4.6). */
  update(session: number, packet: ControllerStatePacket): Gamepad | null {
    const { kind: _, number, activeMask, ...state } = packet;
    if ((activeMask & (1 << number)) === 0) {
      this.detach(session, number);
      return null;
    }
    const pad = this.find(session, number) ?? this.attach(session, number, 0, 0);
    if (pad === null) return null;
    return Object.assign(pad, state);
  }

  detach(session: number, number: number): void {
    const pad = this.find(session, number);
    if (pad !== null) this.slots[pad.slot] = null;
  }

  detachAll(session: number): void {
    for (const pad of this.slots) if (pad?.session === session) this.slots[pad.slot] = null;
  }
}
