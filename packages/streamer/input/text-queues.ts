import type { ViewerInput } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/gamestream';

/** What one viewer may have waiting: UTF-16 units of text, and events. */
const MOST_UNITS = 65_536;
const MOST_EVENTS = 4_096;
/** How soon a text that waits is tried again: so long as its cost takes to come in, or the host to acknowledge something. */
const UNITS_PER_SECOND = 2_000;
const LEAST_MS = 10;

interface Queue {
  waiting: ViewerInput[];
  units: number;
  tryAt: number;
  /** Something of it was refused: so is all that comes behind, until it is empty. A text loses its end, never its middle. */
  isShut: boolean;
}

/** What becomes of an event: it goes to the host now, or is lost. One that waits is told of later. */
export interface InputOutcome {
  viewer: string;
  event: ViewerInput;
  isRefused: boolean;
}

type Output = CoreOutput<InputOutcome>;

/**
 * Text that is more than its viewer may type at the moment waits, and the keys that come behind it wait with it; other input passes by.
 * Pages of ours send no faster than this lets through, older front ends send a paste at once. Pure: times are monotonic ms.
 */
export class TextQueues {
  /** Only those that are not empty. */
  readonly #queues = new Map<string, Queue>();
  readonly #spend: (viewer: string, event: ViewerInput, now: number) => boolean;

  /** `spend`: takes an event's cost from what the viewer may do; false: there is not enough. */
  constructor(spend: (viewer: string, event: ViewerInput, now: number) => boolean) {
    this.#spend = spend;
  }

  offer(viewer: string, event: ViewerInput, now: number): Output {
    const verdict = this.#offer(viewer, event, now);
    return this.#output(verdict === 'later' ? [] : [{ viewer, event, isRefused: verdict === 'refused' }]);
  }

  /** What goes to the host now, in order. */
  advance(now: number): Output {
    const due: InputOutcome[] = [];
    for (const [viewer, queue] of this.#queues) {
      if (queue.tryAt > now) continue;
      let sent = 0;
      for (const event of queue.waiting) {
        if (!this.#spend(viewer, event, now)) break;
        due.push({ viewer, event, isRefused: false });
        queue.units -= unitsOf(event);
        sent += 1;
      }
      queue.waiting.splice(0, sent);
      const [next] = queue.waiting;
      if (next === undefined) this.#queues.delete(viewer);
      else queue.tryAt = now + timeOf(next);
    }
    return this.#output(due);
  }

  forget(viewer: string): void {
    this.#queues.delete(viewer);
  }

  clear(): void {
    this.#queues.clear();
  }

  #output(events: InputOutcome[]): Output {
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const { tryAt } of this.#queues.values()) wakeAt = Math.min(wakeAt, tryAt);
    return { events, wakeAt };
  }

  #offer(viewer: string, event: ViewerInput, now: number): 'now' | 'later' | 'refused' {
    const queue = this.#queues.get(viewer);
    if (queue !== undefined && isTyped(event)) return this.#wait(queue, event);
    if (this.#spend(viewer, event, now)) return 'now';
    if (event.kind !== 'text') return 'refused';
    this.#queues.set(viewer, { waiting: [event], units: unitsOf(event), tryAt: now + timeOf(event), isShut: false });
    return 'later';
  }

  #wait(queue: Queue, event: ViewerInput): 'now' | 'later' | 'refused' {
    const isFull = queue.waiting.length >= MOST_EVENTS || queue.units + unitsOf(event) > MOST_UNITS;
    if (event.kind === 'key' && !event.down) {
      if (isFull) {
        forgetPress(queue, event.virtualKey);
        return 'now';
      }
    } else if (isFull || queue.isShut) {
      queue.isShut = true;
      return 'refused';
    }
    queue.waiting.push(event);
    queue.units += unitsOf(event);
    return 'later';
  }
}

/** It goes up early, but is not lost; a press of it that still waits would come after that, and is taken back. */
function forgetPress({ waiting }: Queue, virtualKey: number): void {
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
