import type { AnthropicAction, AnthropicPoint as Pair } from '@moonshare/contract';
import type { Action, Button, Point, Size } from '../action.ts';
import { pointIn, rectangleIn } from '../inside.ts';
import { heldIn, holdIn, pressesIn } from './key-fields.ts';

const CLICKS: Readonly<
  Record<`${'left' | 'right' | 'middle' | 'double' | 'triple'}_click`, { button: Button; count: 1 | 2 | 3 }>
> = {
  left_click: { button: 1, count: 1 },
  middle_click: { button: 2, count: 1 },
  right_click: { button: 3, count: 1 },
  double_click: { button: 1, count: 2 },
  triple_click: { button: 1, count: 3 },
};

/** What the action is, on a picture of this size. Throws KEY_UNKNOWN, OUTSIDE_PICTURE, and BAD_REQUEST for a region of no size. */
export function ofAnthropic(action: AnthropicAction, picture: Size): Action {
  const at = (pair: Pair | null | undefined, field = 'coordinate') => (pair == null ? null : point(pair, field));
  const point = ([x, y]: Pair, field: string): Point => pointIn(picture, { x, y }, field);
  switch (action.action) {
    case 'left_click':
    case 'right_click':
    case 'middle_click':
    case 'double_click':
    case 'triple_click':
      return { kind: 'click', ...CLICKS[action.action], at: at(action.coordinate), held: heldIn(action.text) };
    case 'mouse_move':
      return { kind: 'move', at: point(action.coordinate, 'coordinate'), held: [] };
    case 'left_click_drag': {
      const from = at(action.start_coordinate, 'start_coordinate');
      return { kind: 'drag', from, path: [point(action.coordinate, 'coordinate')], held: heldIn(action.text) };
    }
    case 'left_mouse_down':
    case 'left_mouse_up': {
      const isDown = action.action === 'left_mouse_down';
      return { kind: 'button', button: 1, isDown, at: at(action.coordinate) };
    }
    case 'scroll': {
      const { coordinate, scroll_direction: direction, scroll_amount: amount, text } = action;
      const towards = direction === 'down' || direction === 'right' ? amount : -amount;
      const [dx, dy] = direction === 'up' || direction === 'down' ? [0, towards] : [towards, 0];
      return { kind: 'scroll', unit: 'notches', dx, dy, at: at(coordinate), held: heldIn(text) };
    }
    case 'key':
      return { kind: 'press', presses: pressesIn(action.text), repeat: action.repeat ?? 1 };
    case 'hold_key':
      return { kind: 'hold', keys: holdIn(action.text), ms: 1000 * action.duration };
    case 'type':
      return { kind: 'type', text: action.text };
    case 'wait':
      return { kind: 'wait', ms: 1000 * action.duration };
    case 'screenshot':
      return { kind: 'screenshot', region: null };
    case 'zoom': {
      const [left, top, right, bottom] = action.region;
      const region = { x: left, y: top, width: right - left, height: bottom - top };
      return { kind: 'screenshot', region: rectangleIn(picture, region, 'region') };
    }
    case 'cursor_position':
      return { kind: 'cursorPosition' };
  }
}
