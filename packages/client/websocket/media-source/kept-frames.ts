/** So much after the newest key frame, another one is asked for. Browsers take 100 MB or more of a picture, but some small devices less. */
const MOST_BYTES = 48 * 1024 * 1024;
/** And after a browser has taken less than that, this share of what it took. */
const SHARE = 0.7;
const ASK_EVERY_MS = 2000;

interface Group {
  startMs: number;
  /** When its key frame is due. */
  entryMs: number;
  bytes: number;
}

/**
 * What a media source holds of a picture. Browsers remove frames only together with everything up to the next key frame, and hosts send those
 * only when they are asked: so this asks, before there is too much. Times of the media source in ms; `now` is monotonic ms.
 */
export class KeptFrames {
  #mostBytes = MOST_BYTES;
  /** A key frame, and what follows up to the next one. */
  #groups: Group[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;

  /** Where decoding can begin; null: nothing is held. */
  get entryMs(): number | null {
    return this.#groups.at(-1)?.entryMs ?? null;
  }

  /** The oldest that is held. */
  get beginsMs(): number | null {
    return this.#groups[0]?.startMs ?? null;
  }

  get bytes(): number {
    return this.#groups.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  added({ isKey, startMs, dueMs, bytes }: { isKey: boolean; startMs: number; dueMs: number; bytes: number }): void {
    if (isKey) this.#groups.push({ startMs, entryMs: dueMs, bytes });
    else this.#groups.at(-1)!.bytes += bytes;
  }

  /** Everything before this can be removed, ms; null: nothing can. */
  removable(atMs: number): number | null {
    const current = this.#groups.findLastIndex(({ startMs }) => startMs <= atMs);
    if (current <= 0) return null;
    this.#groups.splice(0, current);
    return this.#groups[0]!.startMs;
  }

  /** Whether to ask for a key frame now. */
  needsKeyFrame(now: number): boolean {
    const group = this.#groups.at(-1);
    if (group === undefined || group.bytes < this.#mostBytes || now - this.#askedAt < ASK_EVERY_MS) return false;
    this.#askedAt = now;
    return true;
  }

  /** The browser takes no more: all of it is given up. */
  overflowed(): void {
    this.#mostBytes = Math.min(this.#mostBytes, this.bytes * SHARE);
    this.clear();
  }

  clear(): void {
    this.#groups = [];
  }
}
