import type { AccessUnit } from '@moonshare/gamestream';

/** Whether a viewer gets the picture. */
export type VideoState = 'waitingForKey' | 'live';

interface Entry {
  state: VideoState;
  framesDropped: number;
  /** When a frame was last due to it; null: never. */
  dueAt: number | null;
}

/**
 * Decides who gets which frame. A viewer gets nothing until a key frame, then every frame; after a drop nothing until the
 * next key frame, since a picture without its reference is garbage (docs/architecture.md, "Rules that hold everywhere"). Pure;
 * `V` is compared by identity, times are monotonic ms.
 */
export class Fanout<V> {
  readonly #viewers = new Map<V, Entry>();

  join(viewer: V): void {
    this.#viewers.set(viewer, { state: 'waitingForKey', framesDropped: 0, dueAt: null });
  }

  leave(viewer: V): void {
    this.#viewers.delete(viewer);
  }

  /** The viewers that get this frame. A key frame carries its parameter sets, so it starts every waiting viewer. */
  due(unit: Pick<AccessUnit, 'keyFrame'>, now: number): V[] {
    const due: V[] = [];
    for (const [viewer, entry] of this.#viewers) {
      if (unit.keyFrame) entry.state = 'live';
      if (entry.state === 'live') {
        entry.dueAt = now;
        due.push(viewer);
      } else entry.framesDropped += 1;
    }
    return due;
  }

  /** These did not get the last frame whole: they wait for the next key frame. */
  dropped(viewers: readonly V[]): void {
    for (const viewer of viewers) {
      const entry = this.#viewers.get(viewer);
      if (entry === undefined) continue;
      entry.state = 'waitingForKey';
      entry.framesDropped += 1;
    }
  }

  /** Everyone gets the sound, with or without a picture. */
  all(): V[] {
    return [...this.#viewers.keys()];
  }

  /** A viewer is waiting for a key frame. */
  get waiting(): boolean {
    for (const entry of this.#viewers.values()) if (entry.state === 'waitingForKey') return true;
    return false;
  }

  state(viewer: V): VideoState | undefined {
    return this.#viewers.get(viewer)?.state;
  }

  /** When a frame was last due to it; null: never. */
  dueAt(viewer: V): number | null {
    return this.#viewers.get(viewer)?.dueAt ?? null;
  }

  framesDropped(viewer: V): number {
    return this.#viewers.get(viewer)?.framesDropped ?? 0;
  }
}
