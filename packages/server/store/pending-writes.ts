import { MoonshareError } from '@moonshare/contract';

/** SQLITE_READONLY, _IOERR, _FULL, _CANTOPEN: nothing is wrong with the statement, the file does not take it. */
const UNWRITABLE: readonly number[] = [8, 10, 13, 14];
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** Whether the database could not be written for a reason that lies outside of us, such as a full disk. */
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
 * Writes that must not be lost: done at once, or kept and tried again until the database takes them. Each withdraws
 * something that is stored, so there are never more of them than rows.
 */
export class PendingWrites {
  readonly #changed: (error: MoonshareError | null) => void;
  readonly #pending = new Set<Pending>();
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;

  /** `changed`: the database does not take writes any more, and why; null: it does again. */
  constructor(changed: (error: MoonshareError | null) => void = () => {}) {
    this.#changed = changed;
  }

  /** How many wait for the database. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether it is stored now; else it is tried again, and `stored` is called when it is. Throws what else goes wrong with `write`. */
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

  /** Somebody else's write has failed, and is lost: `size` is not 0 until this one works, which changes nothing. */
  watch(write: () => void): void {
    if (this.#pending.size === 0) this.run(write);
  }

  /** The last try, as the server ends. */
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

  /** In the order in which they came. */
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
