import type { ViewerInput } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';

/** Limits on what one viewer may have waiting: UTF-16 units of text, and events. */
const MAX_UNITS = 65_536;
const MAX_EVENTS = 4_096;
/** A waiting text is retried after the time its cost takes to accrue. */
const UNITS_PER_SECOND = 2_000;
const MIN_MS = 10;

interface Queue {
  waiting: ViewerInput[];
  units: number;
  tryAt: number;
  /** Something was refused, so everything after it is too, until the queue is empty. A text loses its end, never its middle. */
  isShut: boolean;
}

/** An event is to be sent to the host now, or is refused. A waiting event has its outcome later. */
export interface InputOutcome {
  viewer: string;
  event: ViewerInput;
  isRefused: boolean;
}

type Output = CoreOutput<InputOutcome>;

/**
 * Text beyond a viewer's present budget waits, and keys after it wait with it; other input does not. Our pages send no faster
 * than this allows, older front ends send a paste at once. Pure: times are monotonic ms.
 */
export class TextQueues {
  /** Only those that are not empty. */
  readonly #queues = new Map<string, Queue>();
  readonly #spend: (viewer: string, event: ViewerInput, now: number) => boolean;

  /** `spend`: takes an event's cost from the viewer's budget; false: not enough is left. */
  constructor(spend: (viewer: string, event: ViewerInput, now: number) => boolean) {
    this.#spend = spend;
  }

  offer(viewer: string, event: ViewerInput, now: number): Output {
    const verdict = this.#offer(viewer, event, now);
    return this.#output(verdict === 'later' ? [] : [{ viewer, event, isRefused: verdict === 'refused' }]);
  }

  /** What to send to the host now, in order. */
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

  /** Forgets what all others wait with. */
  keepOnly(viewer: string | null): void {
    for (const other of [...this.#queues.keys()]) if (other !== viewer) this.#queues.delete(other);
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
    const isFull = queue.waiting.length >= MAX_EVENTS || queue.units + unitsOf(event) > MAX_UNITS;
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

/** The release is sent early, so a press that still waits would come after it, and is dropped. */
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
  return Math.max(MIN_MS, Math.ceil((unitsOf(event) * 1000) / UNITS_PER_SECOND));
}
