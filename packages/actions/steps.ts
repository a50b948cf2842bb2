import type { Typing, ViewerInput } from '@moonshare/contract';
import type { Action, Button, Point, Rectangle, Size } from './action.ts';
import { dragSteps } from './drag.ts';
import type { Chord, KeyPress } from './keys/chord.ts';
import { BETWEEN_MS, HOVER_MS, NOTCH_MS, PRESS_MS } from './pacing.ts';
import type { Step } from './step.ts';
import { typeSteps } from './typing.ts';

export interface StepsOptions {
  /** The picture that the coordinates of actions are of. */
  picture: Size;
  /** The stream that it shows. */
  stream: Size;
  /** Where the pointer is, in pixels of the stream, if that is known. */
  pointer: Point | null;
  typing: Typing;
}

/** The pixel of the stream in the middle of this one of the picture. */
function toStream({ x, y }: Point, { picture, stream }: Pick<StepsOptions, 'picture' | 'stream'>): Point {
  return {
    x: Math.min(stream.width - 1, Math.floor(((x + 0.5) * stream.width) / picture.width)),
    y: Math.min(stream.height - 1, Math.floor(((y + 0.5) * stream.height) / picture.height)),
  };
}

/** The pixel of the picture that shows this one of the stream. */
export function toPicture({ x, y }: Point, { picture, stream }: Pick<StepsOptions, 'picture' | 'stream'>): Point {
  return {
    x: Math.min(picture.width - 1, Math.floor(((x + 0.5) * picture.width) / stream.width)),
    y: Math.min(picture.height - 1, Math.floor(((y + 0.5) * picture.height) / stream.height)),
  };
}

/** How an action is done, at a pace that hosts and what runs on them stand. */
export function stepsOf(action: Action, options: StepsOptions): Step[] {
  const { stream } = options;
  const inStream = (point: Point) => toStream(point, options);
  switch (action.kind) {
    case 'click': {
      const click = [button(action.button, true), wait(PRESS_MS), button(action.button, false)];
      const clicks = repeat(click, action.count, BETWEEN_MS);
      return [...moveTo(action.at && inStream(action.at), stream), ...holding(action.held, clicks)];
    }
    case 'button':
      return [...moveTo(action.at && inStream(action.at), stream), button(action.button, action.isDown)];
    case 'move':
      return holding(action.held, [moved(inStream(action.at), stream)]);
    case 'drag': {
      const from = action.from === null ? null : inStream(action.from);
      const path = dragSteps(from ?? options.pointer, action.path.map(inStream), stream);
      return [...moveTo(from, stream), ...holding(action.held, path)];
    }
    case 'scroll':
      return [...moveTo(action.at && inStream(action.at), stream), ...holding(action.held, scrolled(action))];
    case 'press':
      return repeat(action.presses.length === 1 ? pressed(action.presses[0]!) : several(action.presses), action.repeat);
    case 'hold':
      return holding(action.keys, [wait(action.ms)]);
    case 'type':
      return typeSteps(action.text, options.typing);
    case 'wait':
      return [wait(action.ms)];
    case 'screenshot':
      return [{ type: 'screenshot', region: action.region && regionInStream(action.region, options) }];
    case 'cursorPosition':
      return [{ type: 'cursorPosition' }];
  }
}

/** How long it takes at least, ms. */
export function durationOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.type === 'wait' ? step.ms : 0), 0);
}

function wait(ms: number): Step {
  return { type: 'wait', ms };
}

function button(which: Button, down: boolean): Step {
  return { type: 'input', events: [{ kind: 'mouseButton', down, button: which }] };
}

function moved({ x, y }: Point, { width, height }: Size): Step {
  return { type: 'input', events: [{ kind: 'mousePosition', x, y, width, height }] };
}

/** The pointer is there, and what is under it has noticed. */
function moveTo(point: Point | null, stream: Size): Step[] {
  return point === null ? [] : [moved(point, stream), wait(HOVER_MS)];
}

function holding(keys: Chord, steps: Step[]): Step[] {
  return keys.length === 0 ? steps : [keysDown(keys), ...steps, keysUp(keys)];
}

function keysDown(keys: Chord): Step {
  return { type: 'input', events: keys.map((virtualKey) => ({ kind: 'key', down: true, modifiers: 0, virtualKey })) };
}

function keysUp(keys: Chord): Step {
  const events = keys
    .toReversed()
    .map((virtualKey) => ({ kind: 'key' as const, down: false, modifiers: 0, virtualKey }));
  return { type: 'input', events };
}

function pressed(press: KeyPress): Step[] {
  if (press.type === 'text') return [{ type: 'input', events: [{ kind: 'text', text: press.text }] }];
  return holding(press.keys, [wait(PRESS_MS)]);
}

function several(presses: readonly KeyPress[]): Step[] {
  return presses.flatMap((press, index) => [...(index === 0 ? [] : [wait(BETWEEN_MS)]), ...pressed(press)]);
}

function repeat(steps: readonly Step[], times: number, pauseMs = BETWEEN_MS): Step[] {
  return Array.from({ length: times }, (_, index) => [...(index === 0 ? [] : [wait(pauseMs)]), ...steps]).flat();
}

/** One notch at a time, as a wheel turns; the events count upwards. */
function scrolled({ unit, dx, dy }: Extract<Action, { kind: 'scroll' }>): Step[] {
  const perNotch = unit === 'pixels' ? 100 : 1;
  const [right, up] = [Math.round(dx), 0 - Math.round(dy)];
  const count = Math.ceil(Math.max(Math.abs(right), Math.abs(up)) / perNotch);
  const kind = unit === 'pixels' ? 'wheelPixels' : 'wheelNotches';
  return Array.from({ length: count }, (_, index): Step[] => {
    const part = (whole: number) => share(whole, index + 1, count) - share(whole, index, count) + 0;
    const event: ViewerInput = { kind, dx: part(right), dy: part(up) };
    return [...(index === 0 ? [] : [wait(NOTCH_MS)]), { type: 'input', events: [event] }];
  }).flat();
}

/** The first `n` of `count` parts of a whole number, rounded. */
function share(whole: number, n: number, count: number): number {
  return Math.trunc((whole * n) / count);
}

/** Every pixel of the stream that the region shows some of. */
function regionInStream(region: Rectangle, { picture, stream }: StepsOptions): Rectangle {
  const [scaleX, scaleY] = [stream.width / picture.width, stream.height / picture.height];
  const [x, y] = [Math.floor(region.x * scaleX), Math.floor(region.y * scaleY)];
  const right = Math.min(stream.width, Math.ceil((region.x + region.width) * scaleX));
  const bottom = Math.min(stream.height, Math.ceil((region.y + region.height) * scaleY));
  return { x, y, width: right - x, height: bottom - y };
}
