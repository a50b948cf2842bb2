import type { ViewerInput } from '@moonshare/contract';

/** What one viewer may have waiting: UTF-16 units of text, and events. */
const MOST_UNITS = 65_536;
const MOST_EVENTS = 4_096;
/** How soon a text that waits is tried again: so long as its cost takes to come in, or the host to acknowledge something. */
const UNITS_PER_SECOND = 2_000;
const LEAST_MS = 10;

interface Lane {
  waiting: ViewerInput[];
  units: number;
  tryAt: number;
  /** Something of it was refused: so is all that comes behind, until it is empty. A text loses its end, never its middle. */
  isShut: boolean;
}

/**
 * Text that is more than its viewer may type at the moment waits, and the keys that come behind it wait with it; other input passes by.
 * Pages of ours send no faster than this lets through, older front ends send a paste at once. Pure: times are monotonic ms.
 */
export class TextLanes {
  /** Only those that are not empty. */
  readonly #lanes = new Map<string, Lane>();
  readonly #spend: (viewer: string, event: ViewerInput, now: number) => boolean;

  /** `spend`: takes an event's cost from what the viewer may do; false: there is not enough. */
  constructor(spend: (viewer: string, event: ViewerInput, now: number) => boolean) {
    this.#spend = spend;
  }

  /** When `advance` is due; infinity: nothing waits. */
  get wakeAt(): number {
    return Math.min(...[...this.#lanes.values()].map(({ tryAt }) => tryAt), Number.POSITIVE_INFINITY);
  }

  /** `later`: `advance` gives it. */
  offer(viewer: string, event: ViewerInput, now: number): 'now' | 'later' | 'refused' {
    const lane = this.#lanes.get(viewer);
    if (lane !== undefined && isTyped(event)) return this.#wait(lane, event);
    if (this.#spend(viewer, event, now)) return 'now';
    if (event.kind !== 'text') return 'refused';
    this.#lanes.set(viewer, { waiting: [event], units: unitsOf(event), tryAt: now + timeOf(event), isShut: false });
    return 'later';
  }

  /** What goes to the host now, in order. */
  advance(now: number): { viewer: string; event: ViewerInput }[] {
    const due: { viewer: string; event: ViewerInput }[] = [];
    for (const [viewer, lane] of this.#lanes) {
      if (lane.tryAt > now) continue;
      let sent = 0;
      for (const event of lane.waiting) {
        if (!this.#spend(viewer, event, now)) break;
        due.push({ viewer, event });
        lane.units -= unitsOf(event);
        sent += 1;
      }
      lane.waiting.splice(0, sent);
      const [next] = lane.waiting;
      if (next === undefined) this.#lanes.delete(viewer);
      else lane.tryAt = now + timeOf(next);
    }
    return due;
  }

  forget(viewer: string): void {
    this.#lanes.delete(viewer);
  }

  clear(): void {
    this.#lanes.clear();
  }

  #wait(lane: Lane, event: ViewerInput): 'now' | 'later' | 'refused' {
    const isFull = lane.waiting.length >= MOST_EVENTS || lane.units + unitsOf(event) > MOST_UNITS;
    if (event.kind === 'key' && !event.down) {
      if (isFull) {
        forgetPress(lane, event.virtualKey);
        return 'now';
      }
    } else if (isFull || lane.isShut) {
      lane.isShut = true;
      return 'refused';
    }
    lane.waiting.push(event);
    lane.units += unitsOf(event);
    return 'later';
  }
}

/** It goes up early, but is not lost; a press of it that still waits would come after that, and is taken back. */
function forgetPress({ waiting }: Lane, virtualKey: number): void {
  const last = waiting.findLastIndex((event) => event.kind === 'key' && event.virtualKey === virtualKey);
  const event = waiting[last];
  if (event?.kind === 'key' && event.down) waiting.splice(last, 1);
}

function isTyped({ kind }: ViewerInput): boolean {
  return kind === 'text' || kind === 'key' || kind === 'lockKeys';
}

function unitsOf(event: ViewerInput): number {
  return event.kind === 'text' ? event.text.length : 0;
}

function timeOf(event: ViewerInput): number {
  return Math.max(LEAST_MS, Math.ceil((unitsOf(event) * 1000) / UNITS_PER_SECOND));
}
