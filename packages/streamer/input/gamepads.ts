import { invariant, type ViewerFeedback, type ViewerInput } from '@moonshare/contract';
import type { HostMessage, InputPacket } from '@moonshare/gamestream';

type StateInput = Extract<ViewerInput, { kind: 'controllerState' }>;
type AddInput = Extract<ViewerInput, { kind: 'controllerAdd' }>;
type PadState = Omit<StateInput, 'kind' | 'id'>;

/** The protocol's limit for one client, protocol/2 §4.6. */
const SLOTS = 16;
/** Browsers show four; a limit, so that one viewer cannot take every slot. */
const MAX_PER_VIEWER = 4;
/** Browsers use the standard layout, which is the Xbox one. */
const TYPE_XBOX = 1;
/** Analog triggers, rumble, trigger rumble: all that our channels carry, so hosts are not told of more. */
const CAPABILITIES = 0x07;

const RELEASED: PadState = { buttons: 0, leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };

interface Pad {
  viewer: string;
  /** The viewer's own number for it. */
  id: number;
  capabilities: number;
  supportedButtons: number;
  state: PadState;
}

/** Gives each viewer's gamepads their own host slots, and returns rumble to the owner. */
export class Gamepads {
  readonly #slots: (Pad | undefined)[] = Array.from({ length: SLOTS });

  /** Bit n = slot n is taken. */
  get mask(): number {
    return this.#slots.reduce((mask, pad, slot) => (pad === undefined ? mask : mask | (1 << slot)), 0);
  }

  add(viewer: string, event: AddInput): InputPacket[] {
    const free = this.#slots.indexOf(undefined);
    if (free < 0 || this.#slotOf(viewer, event.id) >= 0) return [];
    if (this.#slots.filter((pad) => pad?.viewer === viewer).length >= MAX_PER_VIEWER) return [];
    this.#slots[free] = {
      viewer,
      id: event.id,
      capabilities: event.capabilities & CAPABILITIES,
      supportedButtons: event.supportedButtons,
      state: RELEASED,
    };
    return this.#arrival(free);
  }

  remove(viewer: string, id: number): InputPacket[] {
    const slot = this.#slotOf(viewer, id);
    return slot < 0 ? [] : [this.#detach(slot)];
  }

  update(viewer: string, event: StateInput): InputPacket[] {
    const slot = this.#slotOf(viewer, event.id);
    const pad = this.#slots[slot];
    if (pad === undefined) return [];
    const { kind: _kind, id: _id, ...state } = event;
    pad.state = state;
    return [this.#state(slot, state)];
  }

  /** Releases everything on these pads; they stay plugged in. */
  neutralize(viewer: string): InputPacket[] {
    return this.#slots.flatMap((pad, slot) => {
      if (pad?.viewer !== viewer || !isMoved(pad.state)) return [];
      pad.state = RELEASED;
      return [this.#state(slot, RELEASED)];
    });
  }

  release(viewer: string): InputPacket[] {
    return this.#slots.flatMap((pad, slot) => (pad?.viewer === viewer ? [this.#detach(slot)] : []));
  }

  /** The viewer's pads that have a slot; players count from 1. */
  players(viewer: string): { id: number; player: number }[] {
    return this.#slots.flatMap((pad, slot) => (pad?.viewer === viewer ? [{ id: pad.id, player: slot + 1 }] : []));
  }

  /** The pads stay plugged in, in their slots. */
  transfer(from: string, to: string): void {
    for (const pad of this.#slots) if (pad?.viewer === from) pad.viewer = to;
    const ids = this.players(to).map(({ id }) => id);
    invariant(new Set(ids).size === ids.length, 'two gamepads of a viewer have the same number');
  }

  /** All pads again, for a host session that knows none. */
  arrivals(): InputPacket[] {
    return this.#slots.flatMap((pad, slot) => {
      if (pad === undefined) return [];
      return [...this.#arrival(slot), ...(isMoved(pad.state) ? [this.#state(slot, pad.state)] : [])];
    });
  }

  /** Unplugs all pads at the host; they stay known here. */
  departures(): InputPacket[] {
    let mask = this.mask;
    return this.#slots.flatMap((pad, slot) => {
      if (pad === undefined) return [];
      mask &= ~(1 << slot);
      return [{ kind: 'controllerState', number: slot, activeMask: mask, ...RELEASED } as const];
    });
  }

  /** Whose motors a host message is for; null if nobody's. */
  feedback(message: HostMessage): { viewer: string; feedback: ViewerFeedback } | null {
    if (message.type !== 'rumble' && message.type !== 'triggerRumble') return null;
    const pad = this.#slots[message.controller];
    if (pad === undefined) return null;
    const { viewer, id } = pad;
    return message.type === 'rumble'
      ? { viewer, feedback: { kind: 'rumble', id, low: message.low, high: message.high } }
      : { viewer, feedback: { kind: 'triggerRumble', id, left: message.left, right: message.right } };
  }

  #slotOf(viewer: string, id: number): number {
    return this.#slots.findIndex((pad) => pad?.viewer === viewer && pad.id === id);
  }

  /** Arrival, then a state of zeros with the mask bit set, protocol/2 §4.6. */
  #arrival(slot: number): InputPacket[] {
    const pad = this.#slots[slot]!;
    const { capabilities, supportedButtons } = pad;
    return [
      { kind: 'controllerArrival', number: slot, type: TYPE_XBOX, capabilities, supportedButtons },
      this.#state(slot, RELEASED),
    ];
  }

  /** A state of zeros with the mask bit cleared, protocol/2 §4.6. */
  #detach(slot: number): InputPacket {
    this.#slots[slot] = undefined;
    return this.#state(slot, RELEASED);
  }

  #state(slot: number, state: PadState): InputPacket {
    return { kind: 'controllerState', number: slot, activeMask: this.mask, ...state };
  }
}

function isMoved(state: PadState): boolean {
  return (Object.keys(RELEASED) as (keyof PadState)[]).some((field) => state[field] !== 0);
}
