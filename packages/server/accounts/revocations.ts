import { MoonshareError } from '@moonshare/contract';
import type { PendingWrites } from '../store/pending-writes.ts';
import type { LiveGrants } from './live-grants.ts';

/** Takes rights away: what is open by them ends first, and a database that cannot be written does not give them back. */
export class Revocations {
  readonly #live: LiveGrants;
  readonly #writes: PendingWrites;
  /** Taken away, but not stored yet. */
  readonly #unstored = new Set<string>();

  constructor(live: LiveGrants, writes: PendingWrites) {
    this.#live = live;
    this.#writes = writes;
  }

  /** Whether this grant counts no more, whatever the database says. */
  has(grant: string): boolean {
    return this.#unstored.has(grant);
  }

  /** Ends what is open by the grants: from now on they count no more. */
  withdraw(grants: readonly string[]): void {
    for (const grant of grants) this.#unstored.add(grant);
    for (const grant of grants) this.#live.revoke(grant);
  }

  /** Makes the database agree. Whether it does already; else it is tried again until it takes it. */
  store(grants: readonly string[], write: () => void): boolean {
    return this.#writes.run(write, () => {
      for (const grant of grants) this.#unstored.delete(grant);
    });
  }

  /** Both. Throws STORE_UNWRITABLE if it is not stored yet: the rights are gone all the same. */
  revoke(grants: readonly string[], write: () => void): void {
    this.withdraw(grants);
    if (!this.store(grants, write)) throw withdrawnButNotStored();
  }
}

/** What the caller of a withdrawal is told that the database has not taken yet. */
export function withdrawnButNotStored(): MoonshareError {
  return new MoonshareError('STORE_UNWRITABLE', {
    message: 'Access has been revoked and everything it had open is closed, but the database cannot be written',
    hint: 'The server keeps trying to store it; if it stops before that, access will be restored. Check the disk of the data directory.',
  });
}
