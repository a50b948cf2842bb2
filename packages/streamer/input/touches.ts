import { clamp, type ViewerInput } from '@moonshare/contract';
import type { InputPacket, TouchPacket } from '@moonshare/gamestream';
import type { Pointer } from './pointer.ts';

export type TouchInput = Extract<ViewerInput, { kind: 'touch' }>;

/** Ten fingers, and some to spare. */
const MAX_TOUCHES_PER_VIEWER = 16;

/** Fingers for hosts with touch: each gets a pointer id that is unique among all viewers. */
export class Touches {
  /** Host pointer ids of the fingers that are down, by viewer and the viewer's own ids. */
  readonly #down = new Map<string, Map<number, number>>();
  #nextId = 0;

  handle(viewer: string, event: TouchInput): InputPacket[] {
    const own = this.#down.get(viewer) ?? new Map<number, number>();
    this.#down.set(viewer, own);
    const known = own.get(event.pointerId);
    if (known === undefined) {
      if (event.event !== 'down' || own.size >= MAX_TOUCHES_PER_VIEWER) return [];
      const id = this.#nextId;
      this.#nextId = (this.#nextId + 1) >>> 0;
      own.set(event.pointerId, id);
      return [packet('down', id, event)];
    }
    if (event.event === 'up') own.delete(event.pointerId);
    return [packet(event.event === 'up' ? 'up' : 'move', known, event)];
  }

  /** Cancels a viewer's fingers one by one: Wolf ignores "cancel all" (protocol/2 §4.8). */
  release(viewer: string): InputPacket[] {
    const ids = [...(this.#down.get(viewer)?.values() ?? [])];
    this.#down.delete(viewer);
    return ids.map(cancel);
  }

  countHeldBy(viewer: string): number {
    return this.#down.get(viewer)?.size ?? 0;
  }

  transfer(from: string, to: string): void {
    move(this.#down, from, to);
  }

  releaseAll(): InputPacket[] {
    return [...this.#down.keys()].flatMap((viewer) => this.release(viewer));
  }
}

/** Fingers for hosts without touch: a viewer's first finger is the left button at an absolute position. */
export class TouchAsMouse {
  readonly #pointer: Pointer;
  /** The finger that acts as the mouse, per viewer. */
  readonly #finger = new Map<string, number>();

  constructor(pointer: Pointer) {
    this.#pointer = pointer;
  }

  handle(viewer: string, event: TouchInput): InputPacket[] {
    const finger = this.#finger.get(viewer);
    if (event.event === 'down') {
      // A tap during another viewer's drag would click where the drag is.
      if (finger !== undefined || !this.#pointer.mayMove(viewer)) return [];
      this.#finger.set(viewer, event.pointerId);
      return [...this.#position(viewer, event), ...this.#pointer.button(viewer, true, 1)];
    }
    if (finger !== event.pointerId) return [];
    if (event.event === 'move') return this.#position(viewer, event);
    this.#finger.delete(viewer);
    return [...this.#position(viewer, event), ...this.#pointer.button(viewer, false, 1)];
  }

  /** The button itself is released by the pointer. */
  release(viewer: string): void {
    this.#finger.delete(viewer);
  }

  transfer(from: string, to: string): void {
    move(this.#finger, from, to);
  }

  releaseAll(): void {
    this.#finger.clear();
  }

  #position(viewer: string, event: TouchInput): InputPacket[] {
    const size = 0x7fff;
    const x = Math.round(event.x * (size - 1));
    const y = Math.round(event.y * (size - 1));
    return this.#pointer.position(viewer, { x, y, width: size, height: size });
  }
}

function move<V>(map: Map<string, V>, from: string, to: string): void {
  const value = map.get(from);
  if (value === undefined) return;
  map.delete(from);
  map.set(to, value);
}

function packet(event: 'down' | 'move' | 'up', pointerId: number, from: TouchInput): TouchPacket {
  return {
    kind: 'touch',
    event,
    pointerId,
    x: unit(from.x),
    y: unit(from.y),
    pressureOrDistance: unit(from.pressure),
    contactMajor: unit(from.contactMajor),
    contactMinor: unit(from.contactMinor),
    // Wolf does not understand 0xFFFF as unknown (protocol/2 §4.8).
    rotation: from.rotation === 0xffff ? 0 : from.rotation,
  };
}

function cancel(pointerId: number): TouchPacket {
  const nowhere = { x: 0, y: 0, pressureOrDistance: 0, contactMajor: 0, contactMinor: 0, rotation: 0 };
  return { kind: 'touch', event: 'cancel', pointerId, ...nowhere };
}

/** NaN becomes 0: the value comes from a browser. */
function unit(value: number): number {
  return clamp(value || 0, 0, 1);
}
