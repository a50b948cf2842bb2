import { clamp, type ViewerInput } from '@moonshare/contract/browser';

/** Bits of the controller buttons (protocol/4 §5). */
export const Button = {
  UP: 0x1,
  DOWN: 0x2,
  LEFT: 0x4,
  RIGHT: 0x8,
  PLAY: 0x10,
  BACK: 0x20,
  LS: 0x40,
  RS: 0x80,
  LB: 0x100,
  RB: 0x200,
  SPECIAL: 0x400,
  A: 0x1000,
  B: 0x2000,
  X: 0x4000,
  Y: 0x8000,
  TOUCHPAD: 0x100000,
} as const;

/** Capability bits (protocol/4 §5). */
const ANALOG_TRIGGERS = 0x1;
const RUMBLE = 0x2;
const TRIGGER_RUMBLE = 0x4;

/** By index of the W3C standard gamepad; 6 and 7 are the triggers. */
const STANDARD: readonly (number | null)[] = [
  Button.A,
  Button.B,
  Button.X,
  Button.Y,
  Button.LB,
  Button.RB,
  null,
  null,
  Button.BACK,
  Button.PLAY,
  Button.LS,
  Button.RS,
  Button.UP,
  Button.DOWN,
  Button.LEFT,
  Button.RIGHT,
  Button.SPECIAL,
  Button.TOUCHPAD,
];

/** The parts of a `Gamepad` that are read. */
export interface PadReading {
  /** 'standard'; anything else means that the numbers alone do not say which button is which. */
  mapping?: string;
  buttons: readonly { pressed: boolean; value: number }[];
  axes: readonly number[];
  vibrationActuator?: object | null;
}

const NOTHING: PadReading = { mapping: 'standard', buttons: [], axes: [] };

export type ControllerState = Extract<ViewerInput, { kind: 'controllerState' }>;
export type ControllerAdd = Extract<ViewerInput, { kind: 'controllerAdd' }>;

/** At rest unless the gamepad is standard (see pads/). Triggers 0..255, sticks -32768..32767 with up and right positive; in browsers down is positive. */
export function controllerState(id: number, given: PadReading): ControllerState {
  const pad = given.mapping === 'standard' ? given : NOTHING;
  let buttons = 0;
  STANDARD.forEach((bit, index) => {
    if (bit !== null && pad.buttons[index]?.pressed) buttons |= bit;
  });
  return {
    kind: 'controllerState',
    id,
    buttons,
    leftTrigger: trigger(pad.buttons[6]),
    rightTrigger: trigger(pad.buttons[7]),
    leftX: stick(pad.axes[0]),
    leftY: stick(negate(pad.axes[1])),
    rightX: stick(pad.axes[2]),
    rightY: stick(negate(pad.axes[3])),
  };
}

export function neutralState(id: number): ControllerState {
  return controllerState(id, NOTHING);
}

export function sameState(a: ControllerState, b: ControllerState): boolean {
  return (Object.keys(a) as (keyof ControllerState)[]).every((key) => a[key] === b[key]);
}

/** What the gamepad has, so that the host can create one like it. */
export function controllerAdd(id: number, pad: PadReading): ControllerAdd {
  let supportedButtons = 0;
  STANDARD.forEach((bit, index) => {
    if (bit !== null && index < pad.buttons.length) supportedButtons |= bit;
  });
  const effects = vibrationEffects(pad.vibrationActuator);
  const capabilities =
    (pad.buttons.length > 7 ? ANALOG_TRIGGERS : 0) |
    (effects.includes('dual-rumble') ? RUMBLE : 0) |
    (effects.includes('trigger-rumble') ? TRIGGER_RUMBLE : 0);
  return { kind: 'controllerAdd', id, supportedButtons, capabilities };
}

/** `effects` is newer than actuators; all of them support this one. */
export function vibrationEffects(actuator: { effects?: readonly string[] } | null | undefined): readonly string[] {
  return actuator ? (actuator.effects ?? ['dual-rumble']) : [];
}

function trigger(button: { pressed: boolean; value: number } | undefined): number {
  if (button === undefined) return 0;
  return Math.round(clamp(button.value || (button.pressed ? 1 : 0), 0, 1) * 255);
}

function stick(value: number | undefined): number {
  const axis = clamp(value || 0, -1, 1);
  return Math.round(axis < 0 ? axis * 32_768 : axis * 32_767);
}

function negate(value: number | undefined): number {
  return value ? -value : 0;
}
