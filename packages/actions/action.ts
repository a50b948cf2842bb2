import type { Chord, KeyPress } from './keys/chord.ts';

/** A pixel of the picture that the caller has seen, inside of it. */
export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export type Rectangle = Point & Size;

/** 1 left, 2 middle, 3 right, 4 back, 5 forward. */
export type Button = 1 | 2 | 3 | 4 | 5;

/** What a model wants done, whichever dialect it is written in. `at` null: where the pointer is. `held`: keys that are down meanwhile. */
export type Action =
  | { kind: 'click'; button: Button; count: 1 | 2 | 3; at: Point | null; held: Chord }
  | { kind: 'button'; button: Button; isDown: boolean; at: Point | null }
  | { kind: 'move'; at: Point; held: Chord }
  /** `path`: after `from`. */
  | { kind: 'drag'; from: Point | null; path: readonly Point[]; held: Chord }
  /** Notches of a wheel or pixels of a page, positive to the right and down. */
  | { kind: 'scroll'; unit: 'notches' | 'pixels'; dx: number; dy: number; at: Point | null; held: Chord }
  | { kind: 'press'; presses: readonly KeyPress[]; repeat: number }
  | { kind: 'hold'; keys: Chord; ms: number }
  | { kind: 'type'; text: string }
  | { kind: 'wait'; ms: number }
  /** `region`: null: the whole picture. */
  | { kind: 'screenshot'; region: Rectangle | null }
  | { kind: 'cursorPosition' };
