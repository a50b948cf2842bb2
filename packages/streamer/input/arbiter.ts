import {
  type HeldCounts,
  invariant,
  isOfGamepad,
  type Role,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract';
import type { HostMessage, InputPacket } from '@moonshare/gamestream';
import { Gamepads } from './gamepads.ts';
import { Keyboard } from './keyboard.ts';
import { Pointer } from './pointer.ts';
import { TouchAsMouse, Touches, type TouchInput } from './touches.ts';
import { Wheel } from './wheel.ts';

/** Abilities that differ between hosts. */
export interface HostCapabilities {
  /** Bit 0 of its featureFlags. */
  touch: boolean;
  /** Wheel steps below a notch. */
  fineWheel: boolean;
}

/** Whose keyboard, mouse and touch reach the host: everybody's, or at most one viewer's. */
export type Controls = { of: 'everybody' } | { of: 'holder'; holder: string | null };

/** What becomes of an event. `role`: its viewer may never send it. `control`: somebody else, or nobody, has the controls. */
export type Verdict = 'accepted' | 'role' | 'control';

/**
 * Merges the input of all viewers into the single input a host knows. Pure: events in, packets out, in order.
 * Without a host session nothing goes down, so nothing can be stuck when there is one again; gamepads are remembered.
 */
export class InputArbiter {
  readonly #roles = new Map<string, Role>();
  readonly #keyboard = new Keyboard();
  readonly #pointer = new Pointer();
  readonly #wheel = new Wheel();
  readonly #touches = new Touches();
  readonly #touchAsMouse = new TouchAsMouse(this.#pointer);
  readonly #gamepads = new Gamepads();
  #controls: Controls = { of: 'everybody' };
  #host: HostCapabilities | null = null;

  /** Bit n = gamepad n is attached, for a launch or resume. */
  get gamepadMask(): number {
    return this.#gamepads.mask;
  }

  /** Which of a viewer's gamepads have a slot, and as which player. */
  players(viewer: string): { id: number; player: number }[] {
    return this.#gamepads.players(viewer);
  }

  join(viewer: string, role: Role): void {
    invariant(!this.#roles.has(viewer), 'two participants share an id');
    this.#roles.set(viewer, role);
  }

  /** Releases everything the viewer held and unplugs its gamepads. */
  leave(viewer: string): InputPacket[] {
    this.#roles.delete(viewer);
    return this.#toHost([...this.#releaseHeld(viewer), ...this.#gamepads.release(viewer)]);
  }

  /** Releases everything the viewer holds; it stays, and its gamepads stay plugged in. */
  release(viewer: string): InputPacket[] {
    return this.#toHost([...this.#releaseHeld(viewer), ...this.#gamepads.neutralize(viewer)]);
  }

  /**
   * `from` has come back as `to`, a new id: what it held stays held, and nothing is sent to the host. If the role changed,
   * nothing is taken over, and what `from` held is released.
   */
  transfer(from: string, to: string): InputPacket[] {
    if (this.#controls.of === 'holder' && this.#controls.holder === from) this.#controls = { of: 'holder', holder: to };
    if (this.#roles.get(from) === this.#roles.get(to)) {
      for (const part of [this.#keyboard, this.#pointer, this.#touches, this.#touchAsMouse, this.#gamepads])
        part.transfer(from, to);
    }
    return this.leave(from);
  }

  /** What viewers without the controls hold from now on is released, except for their gamepads. */
  setControls(controls: Controls): InputPacket[] {
    this.#controls = controls;
    return this.#toHost([...this.#roles.keys()].flatMap((id) => (this.#mayUse(id) ? [] : this.#releaseHeld(id))));
  }

  /** What the role no longer allows to hold is released. */
  setRole(viewer: string, role: Role): InputPacket[] {
    if (!this.#roles.has(viewer)) return [];
    this.#roles.set(viewer, role);
    return this.#toHost([
      ...(role === 'full' ? [] : this.#releaseHeld(viewer)),
      ...(role === 'watch' ? this.#gamepads.release(viewer) : []),
    ]);
  }

  /** Whether this event of the viewer would be accepted, and why not. */
  judge(viewer: string, event: ViewerInput): Verdict {
    const role = this.#roles.get(viewer);
    if (role === undefined || role === 'watch') return 'role';
    if (isOfGamepad(event)) return 'accepted';
    if (role !== 'full') return 'role';
    return this.#mayUse(viewer) ? 'accepted' : 'control';
  }

  /** How much each viewer holds, of those who hold anything. */
  held(): { viewer: string; held: HeldCounts }[] {
    return [...this.#roles.keys()].flatMap((viewer) => {
      const held = {
        keys: this.#keyboard.countHeldBy(viewer),
        buttons: this.#pointer.countHeldBy(viewer),
        touches: this.#touches.countHeldBy(viewer),
        gamepads: this.#gamepads.players(viewer).map(({ player }) => player),
      };
      const isEmpty = held.keys + held.buttons + held.touches + held.gamepads.length === 0;
      return isEmpty ? [] : [{ viewer, held }];
    });
  }

  handle(viewer: string, event: ViewerInput): InputPacket[] {
    if (this.judge(viewer, event) !== 'accepted') return [];
    switch (event.kind) {
      case 'controllerAdd':
        return this.#toHost(this.#gamepads.add(viewer, event));
      case 'controllerRemove':
        return this.#toHost(this.#gamepads.remove(viewer, event.id));
      case 'controllerState':
        return this.#toHost(this.#gamepads.update(viewer, event));
    }
    if (this.#host === null) return [];
    switch (event.kind) {
      case 'key':
        return this.#keyboard.handle(viewer, event);
      case 'text':
        return this.#keyboard.type(event.text);
      case 'lockKeys':
        return this.#keyboard.matchLocks(event);
      case 'mouseMove':
        return this.#pointer.move(viewer, event.dx, event.dy);
      case 'mousePosition':
        return this.#pointer.position(viewer, event);
      case 'mouseButton':
        return this.#pointer.button(viewer, event.down, event.button);
      case 'wheelPixels':
        return this.#wheel.pixels(viewer, event.dx, event.dy);
      case 'wheelNotches':
        return this.#wheel.notches(viewer, event.dx, event.dy);
      case 'touch':
        return this.#touch(viewer, event, this.#host.touch);
    }
  }

  /** A host session is up and knows nothing: the gamepads arrive again. */
  hostUp(host: HostCapabilities): InputPacket[] {
    this.releaseAll();
    this.#host = host;
    this.#wheel.begin({ fine: host.fineWheel });
    return this.#gamepads.arrivals();
  }

  /** At the end or loss of a host session: everything held goes up, and what viewers still hold is forgotten. */
  releaseAll(): InputPacket[] {
    this.#wheel.forgetAll();
    this.#touchAsMouse.releaseAll();
    const packets = this.#toHost([
      ...this.#keyboard.releaseAll(),
      ...this.#pointer.releaseAll(),
      ...this.#touches.releaseAll(),
      ...this.#gamepads.departures(),
    ]);
    this.#host = null;
    return packets;
  }

  /** Which viewer a host message is for, with the viewer's own gamepad number; null if none. */
  feedback(message: HostMessage): { viewer: string; feedback: ViewerFeedback } | null {
    return this.#gamepads.feedback(message);
  }

  #mayUse(viewer: string): boolean {
    return this.#controls.of === 'everybody' || this.#controls.holder === viewer;
  }

  #releaseHeld(viewer: string): InputPacket[] {
    this.#wheel.forget(viewer);
    this.#touchAsMouse.release(viewer);
    return [...this.#keyboard.release(viewer), ...this.#pointer.release(viewer), ...this.#touches.release(viewer)];
  }

  #touch(viewer: string, event: TouchInput, native: boolean): InputPacket[] {
    if (!Number.isFinite(event.x) || !Number.isFinite(event.y)) return [];
    return native ? this.#touches.handle(viewer, event) : this.#touchAsMouse.handle(viewer, event);
  }

  #toHost(packets: InputPacket[]): InputPacket[] {
    return this.#host === null ? [] : packets;
  }
}
