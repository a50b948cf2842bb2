import { MAX_CONTROLLERS, type ViewerInput } from '@moonshare/contract/browser';
import {
  type ControllerState,
  controllerAdd,
  controllerState,
  neutralState,
  type PadReading,
  sameState,
} from './gamepad-state.ts';
import type { Pad } from './pads/layout-registry.ts';

/** The channel does not resend a lost state, so one that stays unchanged is repeated after these times. */
const REPEAT_AFTER_MS = [50, 200] as const;
/** A gamepad that got no slot asks again after this. */
const ASK_AGAIN_MS = 5000;

/** What a gamepad is doing. */
export type PadStatus =
  /** Its layout is unknown: it is not read. */
  | { kind: 'unsupported' }
  /** The streamer has not said yet which player it is, or never does. */
  | { kind: 'joining' }
  /** From 1, across all viewers. */
  | { kind: 'player'; number: number }
  /** The host accepts no more of them. */
  | { kind: 'no place' };

export interface PadInfo {
  /** `Gamepad.index`. */
  index: number;
  /** `Gamepad.id`: the same for all gamepads of one kind. */
  id: string;
  status: PadStatus;
}

interface Tracked {
  /** The controller; null: it is not read. */
  id: number | null;
  kind: string;
  reading: PadReading;
  last: ControllerState;
  changedAt: number;
  repeats: number;
  status: PadStatus;
  addedAt: number;
}

/** Turns what polling sees into messages: controllers that come and go, and states that change. Pure. */
export class GamepadTracker {
  readonly #standard: (pad: Pad) => PadReading | null;
  /** By `Gamepad.index`. */
  #pads = new Map<number, Tracked>();

  /** `standard` converts a gamepad to the standard layout, or returns null if its layout is unknown. */
  constructor(standard: (pad: Pad) => PadReading | null) {
    this.#standard = standard;
  }

  get pads(): PadInfo[] {
    return [...this.#pads].map(([index, { kind, status }]) => ({ index, id: kind, status }));
  }

  /** `pads` as returned by `navigator.getGamepads()`. */
  poll(pads: readonly (Pad | null)[], now: number): ViewerInput[] {
    const present = new Map(
      pads.filter((pad) => pad !== null && pad.connected !== false).map((pad) => [pad!.index, pad!]),
    );
    const events: ViewerInput[] = [];
    let isPlaceFree = false;
    for (const [index, tracked] of this.#pads) {
      // A different one may have been plugged in at the same index between polls.
      if (present.get(index)?.id === tracked.kind) continue;
      this.#pads.delete(index);
      if (tracked.id === null) continue;
      events.push({ kind: 'controllerRemove', id: tracked.id });
      isPlaceFree = true;
    }
    for (const [index, pad] of present) {
      const reading = this.#standard(pad);
      const tracked = this.#pads.get(index) ?? this.#track(index, pad, now);
      if (reading === null) this.#ignore(tracked, events);
      else this.#play(tracked, reading, now, isPlaceFree, events);
    }
    return events;
  }

  /** All gamepads at rest; the next poll sends their real state again. */
  rest(now: number): ViewerInput[] {
    const events: ViewerInput[] = [];
    for (const tracked of this.#pads.values())
      if (tracked.id !== null) this.#update(tracked, neutralState(tracked.id), now, events);
    return events;
  }

  /** Everything once more, for a new connection. States are repeated, since they may overtake the add. */
  announce(now: number): ViewerInput[] {
    return [...this.#pads.values()].flatMap((pad) => {
      if (pad.id === null) return [];
      pad.changedAt = now;
      pad.repeats = 0;
      pad.addedAt = now;
      return [controllerAdd(pad.id, pad.reading), pad.last];
    });
  }

  /** The streamer reports which of our controllers have a slot, and as which player. */
  players(players: readonly { id: number; player: number }[]): void {
    for (const tracked of this.#pads.values()) {
      if (tracked.id === null) continue;
      const found = players.find(({ id }) => id === tracked.id);
      tracked.status = found === undefined ? { kind: 'no place' } : { kind: 'player', number: found.player };
    }
  }

  /** All gamepads are gone. */
  clear(): ViewerInput[] {
    const events = [...this.#pads.values()].flatMap(({ id }): ViewerInput[] => {
      return id === null ? [] : [{ kind: 'controllerRemove', id }];
    });
    this.#pads.clear();
    return events;
  }

  /** The `Gamepad.index` behind a controller id. */
  indexOf(id: number): number | null {
    for (const [index, tracked] of this.#pads) if (tracked.id === id) return index;
    return null;
  }

  #track(index: number, pad: Pad, now: number): Tracked {
    const tracked: Tracked = {
      id: null,
      kind: pad.id,
      reading: pad,
      last: neutralState(0),
      changedAt: now,
      repeats: REPEAT_AFTER_MS.length,
      status: { kind: 'unsupported' },
      addedAt: now,
    };
    this.#pads.set(index, tracked);
    return tracked;
  }

  /** It was read before, but its layout is no longer known. */
  #ignore(tracked: Tracked, events: ViewerInput[]): void {
    tracked.status = { kind: 'unsupported' };
    if (tracked.id === null) return;
    events.push({ kind: 'controllerRemove', id: tracked.id });
    tracked.id = null;
  }

  #play(tracked: Tracked, reading: PadReading, now: number, isPlaceFree: boolean, events: ViewerInput[]): void {
    tracked.reading = reading;
    if (tracked.id === null && !this.#add(tracked, now)) return;
    const id = tracked.id!;
    const isNew = tracked.status.kind === 'unsupported';
    const asksAgain = tracked.status.kind === 'no place' && (isPlaceFree || now - tracked.addedAt >= ASK_AGAIN_MS);
    if (isNew || asksAgain) {
      if (isNew) tracked.status = { kind: 'joining' };
      tracked.addedAt = now;
      events.push(controllerAdd(id, reading));
    }
    this.#update(tracked, controllerState(id, reading), now, events);
  }

  /** False: all IDs are taken. */
  #add(tracked: Tracked, now: number): boolean {
    const taken = new Set([...this.#pads.values()].map(({ id }) => id));
    let id = 0;
    while (taken.has(id)) id += 1;
    if (id >= MAX_CONTROLLERS) return false;
    Object.assign(tracked, { id, last: neutralState(id), changedAt: now, repeats: REPEAT_AFTER_MS.length });
    return true;
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
