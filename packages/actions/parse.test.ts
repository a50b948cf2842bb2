import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialect } from '@moonshare/contract';
import { parseAction } from './parse.ts';

const picture = { width: 1280, height: 720 };

function parsed(written: unknown, dialect: Dialect | null = null) {
  const result = parseAction(written, { picture, path: 'actions.2', dialect });
  assert.ok(result.isValid, JSON.stringify(result));
  return result.action;
}

function refused(written: unknown, dialect: Dialect | null = null) {
  const result = parseAction(written, { picture, path: 'actions.2', dialect });
  assert.ok(!result.isValid, JSON.stringify(written));
  return [result.error.code, result.error.message] as const;
}

test('the same is meant in both dialects, and by a block of a toolset', () => {
  const click = { kind: 'click', button: 1, count: 1, at: { x: 10, y: 20 }, held: [] };
  assert.deepEqual(parsed({ action: 'left_click', coordinate: [10, 20] }), click);
  assert.deepEqual(parsed({ type: 'click', button: 'left', x: 10, y: 20 }), click);
  const input = { coordinate: [10, 20], text: null };
  assert.deepEqual(parsed({ type: 'tool_use', id: 'a', toolset_name: 'computer', name: 'left_click', input }), click);
  const old = { action: 'left_click', coordinate: [10, 20] };
  assert.deepEqual(parsed({ type: 'tool_use', id: 'a', name: 'computer', input: old }, 'anthropic'), click);
  assert.deepEqual(parsed({ type: 'tool_use', toolset_name: null, name: 'computer', input: old }), click);
  assert.deepEqual(parsed({ type: 'click', button: 'wheel', x: 10, y: 20, keys: ['CTRL'] }), {
    ...click,
    button: 2,
    held: [0xa2],
  });
  assert.deepEqual(parsed({ type: 'double_click', x: 10, y: 20, keys: null }), { ...click, count: 2 });
  assert.deepEqual(parsed({ action: 'triple_click', text: 'ctrl+shift' }), {
    ...click,
    count: 3,
    at: null,
    held: [0xa2, 0xa0],
  });
});

test('keys that are held are named one by one: a plus and a space are keys too', () => {
  const held = (...keys: string[]) => {
    const action = parsed({ type: 'move', x: 1, y: 2, keys });
    return action.kind === 'move' ? action.held : null;
  };
  assert.deepEqual(held('+', 'CTRL'), [0xa0, 0xbb, 0xa2]);
  assert.deepEqual(held(' '), [0x20]);
  assert.deepEqual(held(), []);
});

test('down is down in both', () => {
  const at = { x: 1, y: 2 };
  const down = { action: 'scroll', coordinate: [1, 2], scroll_direction: 'down', scroll_amount: 3 };
  assert.deepEqual(parsed(down), { kind: 'scroll', unit: 'notches', dx: 0, dy: 3, at, held: [] });
  assert.deepEqual(parsed({ type: 'scroll', x: 1, y: 2, scroll_x: 0, scroll_y: 300 }), {
    kind: 'scroll',
    unit: 'pixels',
    dx: 0,
    dy: 300,
    at,
    held: [],
  });
  assert.deepEqual(parsed({ ...down, scroll_direction: 'left' }), {
    kind: 'scroll',
    unit: 'notches',
    dx: -3,
    dy: 0,
    at,
    held: [],
  });
});

test('what is wrong is said with its field and a code', () => {
  for (const [written, code, message] of [
    ['left_click', 'BAD_REQUEST', /^actions\.2: must be an object$/],
    [{}, 'BAD_REQUEST', /^actions\.2: must have an action \(Anthropic\) or a type \(OpenAI\)$/],
    [
      { action: 'left_clik' },
      'BAD_REQUEST',
      /^actions\.2\.action: must be one of left_click, .*; the closest is left_click$/,
    ],
    [{ type: 'keypres', keys: ['A'] }, 'BAD_REQUEST', /^actions\.2\.type: .*; the closest is keypress$/],
    [
      { action: 'left_click', coordinates: [1, 2] },
      'BAD_REQUEST',
      /^actions\.2\.coordinates: is no field of this action$/,
    ],
    [{ action: 'mouse_move', coordinate: [1] }, 'BAD_REQUEST', /^actions\.2\.coordinate/],
    [{ action: 'wait', duration: 301 }, 'BAD_REQUEST', /^actions\.2\.duration/],
    [{ action: 'key', text: 'a', repeat: 1000 }, 'BAD_REQUEST', /^actions\.2\.repeat/],
    [{ action: 'zoom', region: [10, 10, 10, 20] }, 'BAD_REQUEST', /^actions\.2\.region: has no size/],
    [{ action: 'zoom', region: [20, 20, 10, 10] }, 'BAD_REQUEST', /^actions\.2\.region: has no size/],
    [{ action: 'zoom', region: [0, 0, 1281, 10] }, 'OUTSIDE_PICTURE', /^actions\.2\.region: .* 1280 × 720$/],
    [
      { action: 'left_click', coordinate: [1280, 0] },
      'OUTSIDE_PICTURE',
      /^actions\.2\.coordinate: x must be 0 to 1279 in a picture of 1280 × 720, and is 1280$/,
    ],
    [{ action: 'left_click', coordinate: [0, -1] }, 'OUTSIDE_PICTURE', /^actions\.2\.coordinate/],
    [
      { action: 'left_click_drag', start_coordinate: [0, 720], coordinate: [1, 1] },
      'OUTSIDE_PICTURE',
      /^actions\.2\.start_coordinate/,
    ],
    [{ type: 'move', x: 5, y: 9999 }, 'OUTSIDE_PICTURE', /^actions\.2\.y: must be 0 to 719/],
    [
      {
        type: 'drag',
        path: [
          { x: 1, y: 1 },
          { x: -4, y: 1 },
        ],
      },
      'OUTSIDE_PICTURE',
      /^actions\.2\.path\.1/,
    ],
    [
      { action: 'key', text: 'ctrl+Retrun' },
      'KEY_UNKNOWN',
      /^actions\.2\.text: there is no key "Retrun"; the closest is Return$/,
    ],
    [
      { type: 'keypress', keys: ['CTRL', 'HYPERDRIVE'] },
      'KEY_UNKNOWN',
      /^actions\.2\.keys: there is no key "HYPERDRIVE"/,
    ],
    [{ type: 'tool_use', name: 'key', input: { text: 'Nope!' } }, 'KEY_UNKNOWN', /^actions\.2\.input\.text/],
    [{ type: 'tool_use', name: 'bash', input: {} }, 'BAD_REQUEST', /^actions\.2\.name: must be one of/],
    [
      { type: 'tool_use', name: 'wait', input: { action: 'key', text: 'a' } },
      'BAD_REQUEST',
      /^actions\.2\.input\.action: is no field/,
    ],
    [{ type: 'tool_use', name: 'computer', input: { action: 'wait', ms: 1 } }, 'BAD_REQUEST', /^actions\.2\.input\.ms/],
    [
      { type: 'tool_use', toolset_name: 'browser', name: 'left_click', input: {} },
      'BAD_REQUEST',
      /^actions\.2\.toolset_name/,
    ],
    [
      {
        type: 'drag',
        path: [
          { x: 1, y: 1 },
          { x: 2, y: 2, z: 3 },
        ],
      },
      'BAD_REQUEST',
      /^actions\.2\.path\.1\.z: is no/,
    ],
    [{ action: 'wait', duration: 1, ['n'.repeat(1e6)]: 1 }, 'BAD_REQUEST', /^actions\.2\.n{64}: is no field/],
    [{ action: 'mouse_move', coordinate: [Number.NaN, 1] }, 'BAD_REQUEST', /^actions\.2\.coordinate\.0/],
    [{ action: 'type', text: 'a\ud800' }, 'BAD_REQUEST', /^actions\.2\.text: has half of a surrogate pair$/],
    [{ type: 'type', text: '\udc00a' }, 'BAD_REQUEST', /^actions\.2\.text: has half of a surrogate pair$/],
    [{ action: 'key', text: 'a '.repeat(51) }, 'BAD_REQUEST', /^actions\.2\.text: may have 50 presses$/],
    [{ action: 'key', text: 'a+b+c+d+e+f+g+h+i+j+k' }, 'BAD_REQUEST', /^actions\.2\.text: may have 10 keys at a time$/],
    [{ action: 'hold_key', text: 'a+b+c+d+e+f+g+h+i+j+k', duration: 1 }, 'BAD_REQUEST', /^actions\.2\.text: may have/],
  ] as const) {
    const [is, says] = refused(written);
    assert.equal(is, code, says);
    assert.match(says, message);
  }
});

test('a dialect that is named is the only one', () => {
  assert.match(refused({ type: 'wait' }, 'anthropic')[1], /must have an action$/);
  assert.match(refused({ action: 'wait', duration: 1 }, 'openai')[1], /must have a type$/);
});

test('a key that is refused is in the details, with the one that was meant', () => {
  const result = parseAction({ action: 'key', text: 'Entr' }, { picture, path: 'actions.0' });
  assert.ok(!result.isValid);
  assert.deepEqual(result.error.details, { field: 'actions.0.text', key: 'Entr', closest: 'Enter' });
});
