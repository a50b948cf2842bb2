import type { CoreOutput } from '@moonshare/sans-io';
import type { InputPacket } from '../input/packet.ts';

/** protocol/2 §4.8 */
const PACE_MS = 1;

interface Lane {
  sentAt: number;
  waiting: InputPacket | null;
}

/**
 * Limits movement to one packet per millisecond for each pointer, finger and gamepad: the newest or the sum
 * (protocol/2 §4.8). Everything else is sent at once, after whatever is held back, so that the order holds. Pure.
 */
export class InputPacer {
  readonly #lanes = new Map<string, Lane>();

  push(packet: InputPacket, now: number): CoreOutput<InputPacket> {
    const name = laneOf(packet);
    if (name === null) return { events: [...this.flush(now), packet], wakeAt: Number.POSITIVE_INFINITY };
    const lane = this.#lane(name);
    if (lane.waiting !== null) {
      const merged = merge(lane.waiting, packet);
      if (merged !== null) {
        lane.waiting = merged;
        return this.advance(now);
      }
      const packets = [lane.waiting, packet];
      lane.waiting = null;
      lane.sentAt = now;
      return { events: packets, wakeAt: this.#wakeAt() };
    }
    lane.waiting = packet;
    return this.advance(now);
  }

  advance(now: number): CoreOutput<InputPacket> {
    const packets: InputPacket[] = [];
    for (const [name, lane] of this.#lanes) {
      if (lane.sentAt + PACE_MS > now) continue;
      if (lane.waiting === null) {
        this.#lanes.delete(name);
        continue;
      }
      packets.push(lane.waiting);
      lane.waiting = null;
      lane.sentAt = now;
    }
    return { events: packets, wakeAt: this.#wakeAt() };
  }

  /** Everything held back, at once. */
  flush(now: number): InputPacket[] {
    const packets: InputPacket[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.waiting === null) continue;
      packets.push(lane.waiting);
      lane.waiting = null;
      lane.sentAt = now;
    }
    return packets;
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.get(name) ?? { sentAt: Number.NEGATIVE_INFINITY, waiting: null };
    this.#lanes.set(name, lane);
    return lane;
  }

  #wakeAt(): number {
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      if (lane.waiting !== null) wakeAt = Math.min(wakeAt, lane.sentAt + PACE_MS);
    }
    return wakeAt;
  }
}

/** The lane a movement is paced in; null = it is sent at once. */
function laneOf(packet: InputPacket): string | null {
  switch (packet.kind) {
    case 'mouseMove':
    case 'mousePosition':
      return 'mouse';
    case 'controllerState':
      return `pad ${packet.number}`;
    case 'controllerMotion':
      return `motion ${packet.number} ${packet.sensor}`;
    case 'touch':
      return packet.event === 'move' || packet.event === 'hover' ? `touch ${packet.pointerId}` : null;
    default:
      return null;
  }
}

/** One packet to replace two of the same lane, or null if the host must see the first. */
function merge(first: InputPacket, second: InputPacket): InputPacket | null {
  if (first.kind === 'mouseMove' && second.kind === 'mouseMove') {
    const dx = first.dx + second.dx;
    const dy = first.dy + second.dy;
    return Math.abs(dx) > 0x7fff || Math.abs(dy) > 0x7fff ? null : { kind: 'mouseMove', dx, dy };
  }
  if (first.kind === 'controllerState' && second.kind === 'controllerState') {
    return first.buttons === second.buttons && first.activeMask === second.activeMask ? second : null;
  }
  if (first.kind === 'touch' && second.kind === 'touch') return first.event === second.event ? second : null;
  return first.kind === second.kind ? second : null;
}
