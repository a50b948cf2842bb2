import { MoonshareError } from '@moonshare/contract';
import type { PendingWrites } from '../store/pending-writes.ts';
import type { LiveGrants } from './live-grants.ts';

/** Revokes rights: ends what they have open first, and keeps them revoked even if the database cannot be written. */
export class Revocations {
  readonly #live: LiveGrants;
  readonly #writes: PendingWrites;
  /** Revoked, but not stored yet. */
  readonly #unstored = new Set<string>();

  constructor(live: LiveGrants, writes: PendingWrites) {
    this.#live = live;
    this.#writes = writes;
  }

  /** Whether this grant no longer holds, whatever the database says. */
  has(grant: string): boolean {
    return this.#unstored.has(grant);
  }

  /** Ends what the grants have open: from now on they no longer hold. */
  withdraw(grants: readonly string[]): void {
    for (const grant of grants) this.#unstored.add(grant);
    for (const grant of grants) this.#live.revoke(grant);
  }

  /** Stores the revocation. Returns whether that worked at once; otherwise it is retried until it does. */
  store(grants: readonly string[], write: () => void): boolean {
    return this.#writes.run(write, () => {
      for (const grant of grants) this.#unstored.delete(grant);
    });
  }

  /** Both, and `between` in between. Throws STORE_UNWRITABLE if it could not be stored yet: the rights are gone all the same. */
  revoke(grants: readonly string[], write: () => void, between = () => {}): void {
    this.withdraw(grants);
    between();
    if (!this.store(grants, write)) throw withdrawnButNotStored();
  }
}

/** What the caller is told when a revocation could not be stored yet. */
export function withdrawnButNotStored(): MoonshareError {
  return new MoonshareError('STORE_UNWRITABLE', {
    message: 'Access has been revoked and everything it had open is closed, but the database cannot be written',
    hint: 'The server keeps trying to store it; if it stops before that, access will be restored. Check the disk of the data directory.',
  });
}
