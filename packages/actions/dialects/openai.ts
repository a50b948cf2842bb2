import type { OpenAiAction } from '@moonshare/contract';
import type { Action, Button, Point, Size } from '../action.ts';
import { pointIn } from '../inside.ts';
import { OPENAI_WAIT_MS } from '../pacing.ts';
import { heldOf, pressOf } from './key-fields.ts';

const BUTTONS: Readonly<Record<Extract<OpenAiAction, { type: 'click' }>['button'], Button>> = {
  left: 1,
  wheel: 2,
  right: 3,
  back: 4,
  forward: 5,
};

/** What the action is, on a picture of this size. Throws KEY_UNKNOWN, OUTSIDE_PICTURE. */
export function ofOpenAi(action: OpenAiAction, picture: Size): Action {
  const at = ({ x, y }: Point): Point => pointIn(picture, { x, y }, null);
  switch (action.type) {
    case 'click':
      return { kind: 'click', button: BUTTONS[action.button], count: 1, at: at(action), held: heldOf(action.keys) };
    case 'double_click':
      return { kind: 'click', button: 1, count: 2, at: at(action), held: heldOf(action.keys) };
    case 'drag': {
      const [from = null, ...path] = action.path.map((point, index) => pointIn(picture, point, `path.${index}`));
      return { kind: 'drag', from, path, held: heldOf(action.keys) };
    }
    case 'keypress':
      return { kind: 'press', presses: [pressOf(action.keys)], repeat: 1 };
    case 'move':
      return { kind: 'move', at: at(action), held: heldOf(action.keys) };
    case 'scroll': {
      const { scroll_x: dx, scroll_y: dy, keys } = action;
      return { kind: 'scroll', unit: 'pixels', dx, dy, at: at(action), held: heldOf(keys) };
    }
    case 'type':
      return { kind: 'type', text: action.text };
    case 'wait':
      return { kind: 'wait', ms: OPENAI_WAIT_MS };
    case 'screenshot':
      return { kind: 'screenshot', region: null };
  }
}
