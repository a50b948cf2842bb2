import { MoonshareError } from '@moonshare/contract';

/** SQLITE_READONLY, _IOERR, _FULL, _CANTOPEN: the statement is fine, but the file cannot be written. */
const UNWRITABLE: readonly number[] = [8, 10, 13, 14];
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** Whether the database could not be written for an outside reason, such as a full disk. */
export function isUnwritable(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  // The low byte is the primary code.
  return UNWRITABLE.includes(error.errcode & 0xff);
}

interface Pending {
  write: () => void;
  stored: () => void;
}

/**
 * Writes that must not be lost: done at once, or kept and retried until the database accepts them. Each of them revokes something
 * stored, so there are never more of them than rows.
 */
export class PendingWrites {
  readonly #changed: (error: MoonshareError | null) => void;
  readonly #pending = new Set<Pending>();
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;

  /** `changed`: the database no longer accepts writes, and why; null: it does again. */
  constructor(changed: (error: MoonshareError | null) => void = () => {}) {
    this.#changed = changed;
  }

  /** The number of writes waiting for the database. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether it is stored now; if not, it is retried, and `stored` is called once it is. Throws any other error of `write`. */
  run(write: () => void, stored: () => void = () => {}): boolean {
    try {
      write();
      stored();
      return true;
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      this.#keep({ write, stored }, error);
      return false;
    }
  }

  /** For another write that failed and is lost: `size` is not 0 until this one, which changes nothing, succeeds. */
  watch(write: () => void): void {
    if (this.#pending.size === 0) this.run(write);
  }

  /** The last attempt, as the server shuts down. */
  close(): void {
    this.#tryAll();
    clearTimeout(this.#timer);
  }

  #keep(pending: Pending, cause: unknown): void {
    const isFirst = this.#pending.size === 0;
    this.#pending.add(pending);
    if (!isFirst) return;
    this.#retryMs = FIRST_RETRY_MS;
    this.#retryLater();
    this.#changed(new MoonshareError('STORE_UNWRITABLE', { cause }));
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => {
      this.#tryAll();
      if (this.#pending.size === 0) return;
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
      this.#retryLater();
    }, this.#retryMs);
    this.#timer.unref();
  }

  /** In order of arrival. */
  #tryAll(): void {
    if (this.#pending.size === 0) return;
    for (const pending of [...this.#pending]) {
      try {
        pending.write();
      } catch (error) {
        if (isUnwritable(error)) return;
        throw error;
      }
      this.#pending.delete(pending);
      pending.stored();
    }
    this.#changed(null);
  }
}
