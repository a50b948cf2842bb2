import { VIEWER_ALLOWANCES, type ViewerInput } from '@moonshare/contract';

/** Roughly the number of packets to the host. Releases cost nothing: each needs an earlier press. */
export function inputCost(event: ViewerInput): number {
  if (isRelease(event)) return 0;
  // A long text is one event, and the longest must still pass.
  if (event.kind === 'text') return Math.min(event.text.length, VIEWER_ALLOWANCES.input.burst);
  return event.kind === 'wheelNotches' ? Math.abs(event.dx) + Math.abs(event.dy) : 1;
}

function isRelease(event: ViewerInput): boolean {
  switch (event.kind) {
    case 'key':
    case 'mouseButton':
      return !event.down;
    case 'touch':
      return event.event === 'up';
    default:
      return event.kind === 'controllerRemove';
  }
}
