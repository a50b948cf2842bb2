import { clamp } from '@moonshare/contract/browser';
import type { PadReading } from '../gamepad-state.ts';

/** Buttons in the order of the W3C standard gamepad, with SDL's names. */
export const BUTTONS = [
  'a',
  'b',
  'x',
  'y',
  'leftshoulder',
  'rightshoulder',
  'lefttrigger',
  'righttrigger',
  'back',
  'start',
  'leftstick',
  'rightstick',
  'dpup',
  'dpdown',
  'dpleft',
  'dpright',
  'guide',
] as const;
/** Axes in the same order; right and down are positive. */
export const STICKS = ['leftx', 'lefty', 'rightx', 'righty'] as const;

export type PadPart = (typeof BUTTONS)[number] | (typeof STICKS)[number];

/** Where to read a part on a non-standard gamepad. */
export type Source =
  | { kind: 'button'; index: number }
  /** From where it rests to where it is pressed; for a stick, from one end to the other. */
  | { kind: 'axis'; index: number; from: number; to: number }
  /** One axis for eight directions, from 0 for up clockwise; beyond 1 at rest. */
  | { kind: 'hat'; index: number; direction: number };

export type PadLayout = Partial<Record<PadPart, Source>>;

const PRESSED = 0.5;

/** The direction that a hat's axis reports; null: none. */
export function hatDirection(value: number): number | null {
  return value >= -1.01 && value <= 1.01 ? Math.round(((value + 1) * 7) / 2) : null;
}

/** Whether the gamepad has everything that the layout reads: another device may have the same number. */
export function fits(layout: PadLayout, pad: PadReading): boolean {
  const sources = Object.values(layout);
  return (
    sources.length > 0 &&
    sources.every(({ kind, index }) => index < (kind === 'button' ? pad.buttons : pad.axes).length)
  );
}

/** The gamepad in the standard layout. */
export function read(pad: PadReading, layout: PadLayout): PadReading {
  return {
    ...pad,
    mapping: 'standard',
    buttons: BUTTONS.map((part) => {
      const value = share(pad, layout[part]);
      return { value, pressed: value > PRESSED };
    }),
    axes: STICKS.map((part) => {
      const source = layout[part];
      return source === undefined ? 0 : share(pad, source, 0.5) * 2 - 1;
    }),
  };
}

/** 0..1 of the way; `unread` if the gamepad has not reported it yet. */
function share(pad: PadReading, source: Source | undefined, unread = 0): number {
  switch (source?.kind) {
    case undefined:
      return 0;
    case 'button': {
      const button = pad.buttons[source.index];
      return button === undefined ? 0 : button.value || (button.pressed ? 1 : 0);
    }
    case 'axis': {
      const value = pad.axes[source.index] ?? 0;
      // Browsers show 0 for an axis that has not moved yet, where no trigger rests.
      if (value === 0) return unread;
      return clamp((value - source.from) / (source.to - source.from), 0, 1);
    }
    case 'hat': {
      const direction = hatDirection(pad.axes[source.index] ?? 2);
      if (direction === null) return 0;
      const turn = Math.abs(direction - source.direction);
      return Math.min(turn, 8 - turn) <= 1 ? 1 : 0;
    }
  }
}
