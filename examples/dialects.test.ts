// Every action that the SDKs of Anthropic and OpenAI have types for is one that Moonshare does. A new SDK with another one does not compile, or fails here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BETA_COMPUTER_MEMBER_NAME_VALUES,
  type BetaComputerToolUseBlock,
} from '@anthropic-ai/sdk/resources/beta/messages/messages.js';
import type { ComputerAction } from 'openai/resources/responses/responses.js';
import { parseAction } from '../packages/actions/index.ts';

/** Null where models may write it. */
const ANTHROPIC: { [Block in BetaComputerToolUseBlock as Block['name']]: Required<Block['input']>[] } = {
  key: [
    { text: 'ctrl+a', repeat: 2 },
    { text: 'a', repeat: null },
  ],
  hold_key: [{ text: 'shift', duration: 0.5 }],
  type: [{ text: 'Hello' }],
  cursor_position: [{}],
  mouse_move: [{ coordinate: [1, 2] }],
  left_mouse_down: [{}],
  left_mouse_up: [{}],
  left_click: [
    { coordinate: [1, 2], text: 'ctrl' },
    { coordinate: null, text: null },
  ],
  left_click_drag: [
    { start_coordinate: [1, 2], coordinate: [3, 4], text: 'shift' },
    { start_coordinate: [1, 2], coordinate: [3, 4], text: null },
  ],
  right_click: [
    { coordinate: [1, 2], text: 'ctrl' },
    { coordinate: null, text: null },
  ],
  middle_click: [
    { coordinate: [1, 2], text: 'ctrl' },
    { coordinate: null, text: null },
  ],
  double_click: [
    { coordinate: [1, 2], text: 'ctrl' },
    { coordinate: null, text: null },
  ],
  triple_click: [
    { coordinate: [1, 2], text: 'ctrl' },
    { coordinate: null, text: null },
  ],
  scroll: [
    { coordinate: [1, 2], scroll_direction: 'down', scroll_amount: 3, text: 'ctrl' },
    { coordinate: null, scroll_direction: 'left', scroll_amount: 3, text: null },
  ],
  wait: [{ duration: 1 }],
  screenshot: [{}],
  zoom: [{ region: [0, 0, 10, 10] }],
};

type OpenAi<Type extends ComputerAction['type']> = Required<Extract<ComputerAction, { type: Type }>>;

const OPENAI: { [Type in ComputerAction['type']]: OpenAi<Type>[] } = {
  click: [
    ...(['left', 'right', 'wheel', 'back', 'forward'] satisfies OpenAi<'click'>['button'][]).map(
      (button): OpenAi<'click'> => ({ type: 'click', button, x: 1, y: 2, keys: ['CTRL'] }),
    ),
    { type: 'click', button: 'left', x: 1, y: 2, keys: null },
  ],
  double_click: [
    { type: 'double_click', x: 1, y: 2, keys: ['SHIFT'] },
    { type: 'double_click', x: 1, y: 2, keys: null },
  ],
  drag: [
    {
      type: 'drag',
      path: [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      keys: ['ALT'],
    },
    {
      type: 'drag',
      path: [
        { x: 1, y: 2 },
        { x: 3, y: 4 },
      ],
      keys: null,
    },
  ],
  keypress: [{ type: 'keypress', keys: ['CTRL', 'A'] }],
  move: [
    { type: 'move', x: 1, y: 2, keys: ['CTRL'] },
    { type: 'move', x: 1, y: 2, keys: null },
  ],
  screenshot: [{ type: 'screenshot' }],
  scroll: [
    { type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: -100, keys: ['CTRL'] },
    { type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: -100, keys: null },
  ],
  type: [{ type: 'type', text: 'Hello' }],
  wait: [{ type: 'wait' }],
};

function assertDone(written: object, dialect: 'anthropic' | 'openai'): void {
  const parsed = parseAction(written, { picture: { width: 640, height: 360 }, path: '', dialect });
  assert.ok(parsed.isValid, `${JSON.stringify(written)}: ${parsed.isValid || parsed.error.message}`);
}

test("every tool of Anthropic's computer toolset is done with every field that it has, as a block and as an action", () => {
  assert.deepEqual(Object.keys(ANTHROPIC).sort(), [...BETA_COMPUTER_MEMBER_NAME_VALUES].sort());
  for (const [name, inputs] of Object.entries(ANTHROPIC))
    for (const input of inputs) {
      assertDone(
        { type: 'tool_use', id: 'a', toolset_name: 'computer', caller: { type: 'direct' }, name, input },
        'anthropic',
      );
      assertDone({ action: name, ...input }, 'anthropic');
    }
});

test("every action of OpenAI's computer tool is done with every field that it has", () => {
  for (const action of Object.values(OPENAI).flat()) assertDone(action, 'openai');
});
