import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import { parseAction } from './parse.ts';
import { durationOf, type StepsOptions, stepsOf, toPicture } from './steps.ts';

const STREAM = { width: 1280, height: 720 };

function steps(written: unknown, options: Partial<StepsOptions> = {}) {
  const { picture = STREAM, ...others } = options;
  const parsed = parseAction(written, { picture, path: '' });
  assert.ok(parsed.isValid, JSON.stringify(parsed));
  return stepsOf(parsed.action, { picture, stream: STREAM, pointer: null, typing: 'keys', ...others });
}

/** The input as words, with waits between. */
function told(...[written, options]: Parameters<typeof steps>): string {
  return steps(written, options)
    .map((step) => {
      if (step.type === 'wait') return String(step.ms);
      return step.type === 'input' ? step.events.map(word).join(' ') : step.type;
    })
    .join(' ');
}

function word(event: ViewerInput): string {
  switch (event.kind) {
    case 'key':
      return `${event.down ? '+' : '-'}${event.virtualKey.toString(16)}`;
    case 'mouseButton':
      return `${event.down ? '+' : '-'}button${event.button}`;
    case 'mousePosition':
      return `${event.x},${event.y}`;
    case 'text':
      return JSON.stringify(event.text);
    case 'wheelNotches':
    case 'wheelPixels':
      return `${event.kind}(${event.dx},${event.dy})`;
    default:
      return event.kind;
  }
}

test('a click moves there, holds its keys, and lasts long enough to be seen', () => {
  assert.equal(told({ action: 'left_click', coordinate: [3, 4] }), '3,4 20 +button1 34 -button1');
  assert.equal(told({ action: 'right_click', text: 'ctrl+shift' }), '+a2 +a0 +button3 34 -button3 -a0 -a2');
  assert.equal(
    told({ type: 'double_click', x: 3, y: 4, keys: [] }),
    '3,4 20 +button1 34 -button1 34 +button1 34 -button1',
  );
  assert.equal(told({ action: 'left_mouse_down' }), '+button1');
});

test('a drag goes through the points between, so that what it is dropped on sees it come', () => {
  const drag = { action: 'left_click_drag', start_coordinate: [0, 0], coordinate: [100, 50] };
  assert.equal(told(drag), '0,0 20 +button1 60 20,10 10 40,20 10 60,30 10 80,40 10 100,50 10 60 -button1');
  const { start_coordinate: _start, ...fromHere } = drag;
  assert.equal(
    told(fromHere, { pointer: { x: 100, y: 0 } }),
    '+button1 60 100,10 10 100,20 10 100,30 10 100,40 10 100,50 10 60 -button1',
  );
  const path = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
  ];
  assert.equal(told({ type: 'drag', path }), '0,0 20 +button1 60 10,0 10 10,10 10 60 -button1');
});

test('a wheel turns notch by notch, and pixels add up', () => {
  const scroll = { action: 'scroll', scroll_direction: 'down', scroll_amount: 2 };
  assert.equal(told(scroll), 'wheelNotches(0,-1) 10 wheelNotches(0,-1)');
  assert.equal(told({ ...scroll, scroll_amount: 0 }), '');
  const pixels = { type: 'scroll', x: 0, y: 0, scroll_x: 0, scroll_y: -250 };
  assert.equal(told(pixels), '0,0 20 wheelPixels(0,83) 10 wheelPixels(0,83) 10 wheelPixels(0,84)');
});

test('keys are pressed one after the other, as often as is said', () => {
  assert.equal(told({ action: 'key', text: 'ctrl+c', repeat: 2 }), '+a2 +43 34 -43 -a2 34 +a2 +43 34 -43 -a2');
  assert.equal(told({ action: 'key', text: 'Tab é' }), '+9 34 -9 34 "é"');
  assert.equal(told({ action: 'hold_key', text: 'w', duration: 1.5 }), '+57 1500 -57');
});

test('text is typed with the keys that a keyboard has, and as text otherwise', () => {
  assert.equal(told({ type: 'type', text: 'aB é\n' }), 'lockKeys +41 -41 +a0 +42 -42 -a0 +20 -20 "é" 16 +d -d 4');
  assert.equal(told({ type: 'type', text: 'aB\r\n\t😀' }, { typing: 'text' }), '"a" "B" +d -d +9 -9 16 "😀" 4');
  // Nothing is left of what cannot be typed.
  assert.equal(told({ type: 'type', text: '\u0007' }), '');
});

test('coordinates are of the picture, and become those of the stream', () => {
  const picture = { width: 640, height: 360 };
  assert.equal(told({ action: 'mouse_move', coordinate: [0, 0] }, { picture }), '1,1');
  assert.equal(told({ action: 'mouse_move', coordinate: [639, 359] }, { picture }), '1279,719');
  assert.deepEqual(toPicture({ x: 1279, y: 719 }, { picture, stream: STREAM }), { x: 639, y: 359 });
  assert.deepEqual(steps({ action: 'zoom', region: [10, 10, 20, 30] }, { picture }), [
    { type: 'screenshot', region: { x: 20, y: 20, width: 20, height: 40 } },
  ]);
});

test('how long it takes is known', () => {
  assert.equal(durationOf(steps({ action: 'wait', duration: 2 })), 2000);
  assert.equal(durationOf(steps({ type: 'wait' })), 1000);
  assert.equal(durationOf(steps({ type: 'screenshot' })), 0);
});
