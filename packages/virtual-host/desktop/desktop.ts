import type { InputPacket, PenPacket, TouchPacket } from '@moonshare/gamestream';
import { keyName, mouseButtonName, virtualKey } from '../keyboard/key-names.ts';
import { type Devices, WidgetInput } from '../widgets/follow.ts';
import { PLANE } from '../widgets/places.ts';
import { Widgets } from '../widgets/widgets.ts';
import { Editor } from './editor.ts';
import { type Gamepad, GamepadSlots } from './gamepad.ts';

const TEXT_TAIL = 120;
const NOTCH = 120;

/** What happens to wheel steps below a notch (120): kept, dropped, or rounded up to a notch (protocol/2 §4.4). */
export type WheelSteps = 'fine' | 'dropped' | 'whole';

/** Counts the changes by subject: a renderer compares these numbers to know what to redraw. */
export interface Revisions {
  keys: number;
  mouse: number;
  text: number;
  gamepads: number;
}

/**
 * What the virtual host has instead of a desktop: the state that results from all input. All sessions type into the same one,
 * as on a real host. Pure: no clock, no sockets.
 */
export class Desktop {
  width: number;
  height: number;
  readonly pointer: { x: number; y: number };
  readonly wheel = { vertical: 0, horizontal: 0 };
  readonly touches = new Map<string, { x: number; y: number }>();
  readonly gamepads = new GamepadSlots();
  readonly revisions: Revisions = { keys: 0, mouse: 0, text: 0, gamepads: 0 };
  text = '';
  readonly editor = new Editor();
  /** How often an app was started while none was running. */
  starts = 0;
  /** What each session holds: releasing one session must not lift another's finger. */
  readonly #keys = new Map<number, Set<number>>();
  readonly #buttons = new Map<number, Set<number>>();

  readonly #wheelSteps: WheelSteps;
  /** The small desktop; null: there is none. */
  #small: { widgets: Widgets; input: WidgetInput } | null;

  constructor(
    width: number,
    height: number,
    { wheelSteps = 'fine', widgets = false }: { wheelSteps?: WheelSteps; widgets?: boolean } = {},
  ) {
    this.#wheelSteps = wheelSteps;
    this.#small = widgets ? smallDesktop() : null;
    this.width = width;
    this.height = height;
    this.pointer = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
  }

  /** An app starts while none is running: unsaved text of the previous one is gone. */
  begin(): void {
    this.starts++;
    this.text = '';
    this.revisions.text++;
    if (this.#small !== null) this.#small = smallDesktop();
  }

  /** The small desktop, which begins anew with each start of an app; null: there is none. */
  get widgets(): Widgets | null {
    return this.#small?.widgets ?? null;
  }

  /** The screen takes the size of the newest stream; the pointer keeps its relative position. */
  resize(width: number, height: number): void {
    this.#movePointer((this.pointer.x * width) / this.width, (this.pointer.y * height) / this.height, width, height);
    this.width = width;
    this.height = height;
  }

  /** Virtual-key codes held by any session, in the order they went down. */
  heldKeys(): number[] {
    return [...new Set([...this.#keys.values()].flatMap((keys) => [...keys]))];
  }

  heldKeyNames(): string[] {
    return this.heldKeys().map(keyName);
  }

  /** Mouse buttons held by any session: 1 left, 2 middle, 3 right, 4 X1, 5 X2. */
  heldButtons(): number[] {
    return [...new Set([...this.#buttons.values()].flatMap((buttons) => [...buttons]))];
  }

  heldButtonNames(): string[] {
    return this.heldButtons().map(mouseButtonName);
  }

  /** `time` in ms, of which only differences count: two presses in a short time are a double click. */
  apply(session: number, packet: InputPacket, time = 0): void {
    this.#follow(() => this.#apply(session, packet), time);
    if (packet.kind === 'text') this.widgets?.type(packet.text);
  }

  #apply(session: number, packet: InputPacket): void {
    this.editor.apply(packet, this.heldKeys());
    switch (packet.kind) {
      case 'keyDown':
        held(this.#keys, session).add(virtualKey(packet.keyCode));
        this.revisions.keys++;
        break;
      case 'keyUp':
        held(this.#keys, session).delete(virtualKey(packet.keyCode));
        this.revisions.keys++;
        break;
      case 'text':
        this.text = (this.text + packet.text).slice(-TEXT_TAIL);
        this.revisions.text++;
        break;
      case 'mouseMove':
        this.#movePointer(this.pointer.x + packet.dx, this.pointer.y + packet.dy, this.width, this.height);
        break;
      case 'mousePosition':
        if (packet.width < 2 || packet.height < 2) break;
        this.#movePointer(
          (packet.x / (packet.width - 1)) * (this.width - 1),
          (packet.y / (packet.height - 1)) * (this.height - 1),
          this.width,
          this.height,
        );
        break;
      case 'mouseDown':
        held(this.#buttons, session).add(packet.button);
        this.revisions.mouse++;
        break;
      case 'mouseUp':
        held(this.#buttons, session).delete(packet.button);
        this.revisions.mouse++;
        break;
      case 'scroll':
        this.wheel.vertical += this.#turned(packet.amount);
        this.revisions.mouse++;
        break;
      case 'hscroll':
        this.wheel.horizontal += this.#turned(packet.amount);
        this.revisions.mouse++;
        break;
      case 'touch':
        this.#touch(`${session}/touch/${packet.pointerId}`, `${session}/touch/`, packet);
        break;
      case 'pen':
        this.#touch(`${session}/pen`, `${session}/pen`, packet);
        break;
      default:
        this.#applyGamepad(session, packet);
    }
  }

  /** A session that ends releases everything it held. */
  release(session: number): void {
    // What is released ends, and nothing begins: no time is needed.
    this.#follow(() => this.#release(session), 0);
  }

  #release(session: number): void {
    this.#keys.delete(session);
    this.#buttons.delete(session);
    for (const key of this.touches.keys()) if (key.startsWith(`${session}/`)) this.touches.delete(key);
    this.gamepads.detachAll(session);
    this.revisions.keys++;
    this.revisions.mouse++;
    this.revisions.gamepads++;
  }

  /** Shows the small desktop what a change does to the input devices. */
  #follow(change: () => void, time: number): void {
    const before = this.#small === null ? null : this.#devices();
    change();
    if (before !== null) this.#small?.input.follow(before, this.#devices(), time);
  }

  #devices(): Devices {
    return {
      pointer: {
        x: (this.pointer.x * PLANE.width) / this.width,
        y: (this.pointer.y * PLANE.height) / this.height,
      },
      keys: this.heldKeys(),
      buttons: this.heldButtons(),
      wheel: { ...this.wheel },
      touches: new Map(this.touches),
      capsLock: this.editor.capsLock,
    };
  }

  #applyGamepad(session: number, packet: InputPacket): void {
    switch (packet.kind) {
      case 'controllerArrival':
        this.gamepads.attach(session, packet.number, packet.type, packet.capabilities);
        break;
      case 'controllerState':
        this.gamepads.update(session, packet);
        break;
      case 'controllerMotion':
        this.#withPad(session, packet.number, (pad) => {
          const { sensor, x, y, z } = packet;
          pad.motion = [...pad.motion.filter((motion) => motion.sensor !== sensor), { sensor, x, y, z }].slice(-2);
        });
        break;
      case 'controllerBattery':
        this.#withPad(session, packet.number, (pad) => {
          pad.battery = { state: packet.state, percentage: packet.percentage };
        });
        break;
    }
    this.revisions.gamepads++;
  }

  #withPad(session: number, number: number, change: (pad: Gamepad) => void): void {
    const pad = this.gamepads.find(session, number);
    if (pad !== null) change(pad);
  }

  #turned(amount: number): number {
    if (this.#wheelSteps === 'fine') return amount;
    const notches = Math.trunc(amount / NOTCH);
    return NOTCH * (notches === 0 && this.#wheelSteps === 'whole' ? Math.sign(amount) : notches);
  }

  #movePointer(x: number, y: number, width: number, height: number): void {
    this.pointer.x = clamp(Math.round(x), width - 1);
    this.pointer.y = clamp(Math.round(y), height - 1);
    this.revisions.mouse++;
  }

  #touch(key: string, prefix: string, packet: TouchPacket | PenPacket): void {
    if (packet.event === 'down' || packet.event === 'move') {
      if (this.touches.size >= 32 && !this.touches.has(key)) return;
      this.touches.set(key, { x: packet.x, y: packet.y });
    } else if (packet.event === 'cancelAll') {
      for (const known of this.touches.keys()) if (known.startsWith(prefix)) this.touches.delete(known);
    } else if (packet.event === 'up' || packet.event === 'cancel' || packet.event === 'hoverLeave') {
      this.touches.delete(key);
    }
  }
}

function smallDesktop(): { widgets: Widgets; input: WidgetInput } {
  const widgets = new Widgets();
  return { widgets, input: new WidgetInput(widgets) };
}

function held(bySession: Map<number, Set<number>>, session: number): Set<number> {
  const set = bySession.get(session) ?? new Set();
  bySession.set(session, set);
  return set;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}
