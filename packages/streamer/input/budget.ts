import type { ViewerInput } from '@moonshare/contract';

/** Packets a viewer may cause per second for long, and at once: a long text is one event. */
const RATE_PER_SECOND = 2_000;
const BURST = 4_096;

/** Keeps one viewer's flood from the host and from the others. Releases are free: each needs a press before. Pure. */
export class InputBudget {
  readonly #viewers = new Map<string, { left: number; at: number }>();

  /** Whether this event may pass; now in ms. */
  allows(viewer: string, event: ViewerInput, now: number): boolean {
    if (isRelease(event)) return true;
    const account = this.#viewers.get(viewer) ?? { left: BURST, at: now };
    this.#viewers.set(viewer, account);
    account.left = Math.min(BURST, account.left + ((now - account.at) * RATE_PER_SECOND) / 1000);
    account.at = now;
    const cost = costOf(event);
    if (cost > account.left) return false;
    account.left -= cost;
    return true;
  }

  forget(viewer: string): void {
    this.#viewers.delete(viewer);
  }
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

/** About how many packets it becomes. */
function costOf(event: ViewerInput): number {
  if (event.kind === 'text') return Math.min(event.text.length, BURST);
  return event.kind === 'wheelNotches' ? Math.abs(event.dx) + Math.abs(event.dy) : 1;
}
