import { MAX_CONTROLLERS, type ViewerInput } from '@moonshare/contract';
import {
  type ControllerState,
  controllerAdd,
  controllerState,
  neutralState,
  type PadReading,
  sameState,
} from './gamepad-state.ts';

/** A lost state is not repeated by the channel, so one that rests is said again after these times. */
const REPEAT_AFTER_MS = [50, 200] as const;

interface Tracked {
  id: number;
  reading: PadReading;
  last: ControllerState;
  changedAt: number;
  repeats: number;
}

/** Turns what polling sees into messages: controllers that come and go, and states that changed. Pure. */
export class GamepadTracker {
  /** By `Gamepad.index`. */
  #pads = new Map<number, Tracked>();

  /** `pads` as `navigator.getGamepads()` gives it. */
  poll(pads: readonly ((PadReading & { index: number }) | null)[], now: number): ViewerInput[] {
    const present = new Map(pads.filter((pad) => pad !== null).map((pad) => [pad.index, pad]));
    const events: ViewerInput[] = [];
    for (const [index, tracked] of this.#pads) {
      if (present.has(index)) continue;
      this.#pads.delete(index);
      events.push({ kind: 'controllerRemove', id: tracked.id });
    }
    for (const [index, pad] of present) {
      const tracked = this.#pads.get(index) ?? this.#add(index, pad, now, events);
      if (tracked === null) continue;
      tracked.reading = pad;
      this.#update(tracked, controllerState(tracked.id, pad), now, events);
    }
    return events;
  }

  /** All pads in their resting position; the next poll says what they do again. */
  rest(now: number): ViewerInput[] {
    const events: ViewerInput[] = [];
    for (const tracked of this.#pads.values()) this.#update(tracked, neutralState(tracked.id), now, events);
    return events;
  }

  /** Everything once more, for a connection that knows nothing yet. States are repeated: they may overtake the add. */
  announce(now: number): ViewerInput[] {
    return [...this.#pads.values()].flatMap((pad) => {
      pad.changedAt = now;
      pad.repeats = 0;
      return [controllerAdd(pad.id, pad.reading), pad.last];
    });
  }

  /** All pads gone. */
  clear(): ViewerInput[] {
    const events = [...this.#pads.values()].map(({ id }): ViewerInput => ({ kind: 'controllerRemove', id }));
    this.#pads.clear();
    return events;
  }

  /** The `Gamepad.index` behind a controller id. */
  indexOf(id: number): number | null {
    for (const [index, tracked] of this.#pads) if (tracked.id === id) return index;
    return null;
  }

  #add(index: number, pad: PadReading, now: number, events: ViewerInput[]): Tracked | null {
    const taken = new Set([...this.#pads.values()].map((tracked) => tracked.id));
    let id = 0;
    while (taken.has(id)) id += 1;
    if (id >= MAX_CONTROLLERS) return null;
    const tracked = { id, reading: pad, last: neutralState(id), changedAt: now, repeats: REPEAT_AFTER_MS.length };
    this.#pads.set(index, tracked);
    events.push(controllerAdd(id, pad));
    return tracked;
  }

  #update(tracked: Tracked, state: ControllerState, now: number, events: ViewerInput[]): void {
    if (!sameState(state, tracked.last)) {
      tracked.last = state;
      tracked.changedAt = now;
      tracked.repeats = 0;
      events.push(state);
      return;
    }
    const repeatAfter = REPEAT_AFTER_MS[tracked.repeats];
    if (repeatAfter === undefined || now - tracked.changedAt < repeatAfter) return;
    tracked.repeats += 1;
    events.push(state);
  }
}
