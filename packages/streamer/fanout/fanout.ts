import type { Rung } from '@moonshare/contract';
import type { AccessUnit } from '@moonshare/gamestream';
import type { CoreOutput } from '@moonshare/sans-io';
import { ReducedKeyFrames } from './reduced-key-frames.ts';
import { type RungReport, ViewerRung } from './rung.ts';

export type FanoutEvent<V> =
  /** It gets more or less of the stream than it was last told. */
  | { type: 'rungChanged'; viewer: V; report: RungReport }
  /** It gets nothing without a key frame. */
  | { type: 'viewerNeeds'; viewer: V }
  /** Reduced viewers need a newer key frame. */
  | { type: 'reducedNeed' };

interface Entry {
  readonly rung: ViewerRung;
  framesDropped: number;
  /** When a frame was last due to it; null: never. */
  dueAt: number | null;
}

/**
 * Decides who gets which frame. A viewer gets nothing until a key frame, then what its rung allows; after a drop nothing until
 * the next key frame, since a picture without its reference is garbage (docs/architecture.md, "Rules that hold everywhere").
 * Pure; `V` is compared by identity, times are monotonic ms. Call `advance` after each call that takes a time: it says what
 * came of it.
 */
export class Fanout<V> {
  readonly #viewers = new Map<V, Entry>();
  readonly #reduced = new ReducedKeyFrames();

  join(viewer: V): void {
    this.#viewers.set(viewer, { rung: new ViewerRung(), framesDropped: 0, dueAt: null });
  }

  leave(viewer: V): void {
    this.#viewers.delete(viewer);
  }

  /** The viewers that get this frame. A key frame carries its parameter sets, so it starts every waiting viewer. */
  due(unit: Pick<AccessUnit, 'keyFrame' | 'data'>, now: number): V[] {
    const frame = { keyFrame: unit.keyFrame, bytes: unit.data.length };
    const due: V[] = [];
    for (const [viewer, entry] of this.#viewers) {
      if (entry.rung.takes(frame, now)) {
        entry.dueAt = now;
        due.push(viewer);
      } else entry.framesDropped += 1;
    }
    return due;
  }

  /** These did not get all of the last frame: they wait for a key frame. */
  dropped(viewers: readonly V[], now: number): void {
    for (const viewer of viewers) {
      const entry = this.#viewers.get(viewer);
      if (entry === undefined) continue;
      entry.rung.dropped(now);
      entry.framesDropped += 1;
    }
  }

  /** Its browser asks for a key frame. Returns whether that is a reason to ask the host. */
  requestsKeyFrame(viewer: V, now: number): boolean {
    return this.#viewers.get(viewer)?.rung.requestsKeyFrame(now) ?? true;
  }

  /** Call twice a second: what the stream needs, and what the network of each viewer is known to carry (kbit/s; null: no limit is known). */
  measured(streamKbps: number, networkKbps: (viewer: V) => number | null, now: number): void {
    for (const [viewer, { rung }] of this.#viewers) rung.measured(networkKbps(viewer), streamKbps, now);
  }

  /** The stream has become smaller: reduced viewers get their next trial at once. */
  retry(now: number): void {
    for (const { rung } of this.#viewers.values()) rung.retry(now);
  }

  advance(now: number): CoreOutput<FanoutEvent<V>> {
    const events: FanoutEvent<V>[] = [];
    let wakeAt = Number.POSITIVE_INFINITY;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const [viewer, { rung }] of this.#viewers) {
      const output = rung.advance(now);
      for (const event of output.events)
        events.push(
          event.type === 'changed'
            ? { type: 'rungChanged', viewer, report: event.report }
            : { type: 'viewerNeeds', viewer },
        );
      wakeAt = Math.min(wakeAt, output.wakeAt);
      dueAt = Math.min(dueAt, rung.keyFrameDueAt);
    }
    const reduced = this.#reduced.advance(dueAt, now);
    return { events: [...events, ...reduced.events], wakeAt: Math.min(wakeAt, reduced.wakeAt) };
  }

  /** Everyone gets the sound, with or without a picture. */
  all(): V[] {
    return [...this.#viewers.keys()];
  }

  /** A viewer is waiting for a key frame. */
  get waiting(): boolean {
    for (const { rung } of this.#viewers.values()) if (rung.isWaiting) return true;
    return false;
  }

  rung(viewer: V): Rung | undefined {
    return this.#viewers.get(viewer)?.rung.current;
  }

  /** What `advance` last reported of it. */
  report(viewer: V): RungReport | undefined {
    return this.#viewers.get(viewer)?.rung.told;
  }

  /** When a frame was last due to it; null: never. */
  dueAt(viewer: V): number | null {
    return this.#viewers.get(viewer)?.dueAt ?? null;
  }

  framesDropped(viewer: V): number {
    return this.#viewers.get(viewer)?.framesDropped ?? 0;
  }
}
