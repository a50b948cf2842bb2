import type { ViewerInput } from '@moonshare/contract';
import type { Point, Size } from './action.ts';
import { DRAG_MOVES, DRAG_MS, DRAG_STRIDE, GRIP_MS } from './pacing.ts';
import type { Step } from './step.ts';

/** A drag with the left button along `path`, all in pixels of the stream; `from` null: where it begins is not known. */
export function dragSteps(from: Point | null, path: readonly Point[], { width, height }: Size): Step[] {
  const least = path.length === 1 ? DRAG_MOVES.least : 1;
  const starts = [from ?? path[0]!, ...path];
  const points = path.flatMap((end, index) => between(starts[index]!, end, least));
  const input = (event: ViewerInput): Step => ({ type: 'input', events: [event] });
  return [
    input({ kind: 'mouseButton', down: true, button: 1 }),
    { type: 'wait', ms: GRIP_MS },
    ...points.flatMap(({ x, y }): Step[] => [
      input({ kind: 'mousePosition', x, y, width, height }),
      { type: 'wait', ms: DRAG_MS },
    ]),
    { type: 'wait', ms: GRIP_MS },
    input({ kind: 'mouseButton', down: false, button: 1 }),
  ];
}

/** Points on a straight line, the last of them its end. */
function between(start: Point, end: Point, least: number): Point[] {
  const strides = Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / DRAG_STRIDE);
  const count = Math.min(DRAG_MOVES.most, Math.max(least, strides));
  return Array.from({ length: count }, (_, index) => {
    const part = (index + 1) / count;
    return {
      x: Math.round(start.x + part * (end.x - start.x)),
      y: Math.round(start.y + part * (end.y - start.y)),
    };
  });
}
