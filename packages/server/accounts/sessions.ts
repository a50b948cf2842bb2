import type { SessionRecord, SessionStore } from '../store/session-store.ts';
import type { Revocations } from './revocations.ts';
import { createSecret, openSecret } from './secret.ts';
import type { User, Users } from './users.ts';

export const SESSION_MS = 7 * 24 * 3600 * 1000;
const MAX_PER_USER = 50;

export interface Session {
  id: number;
  user: User;
  grant: string;
}

/** Logins of browsers. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #users: Users;
  readonly #revocations: Revocations;

  constructor(store: SessionStore, users: Users, revocations: Revocations) {
    this.#store = store;
    this.#users = users;
    this.#revocations = revocations;
  }

  /** `secret` goes into the cookie and is not stored. */
  create(user: User, now = Date.now()): { secret: string; expiresAt: Date } {
    const { digest, text } = createSecret('mss');
    const expiresAt = now + SESSION_MS;
    this.#store.prune(user.id, MAX_PER_USER - 1, now);
    const id = this.#store.add({ userId: user.id, digest, expiresAt });
    return { secret: text(id), expiresAt: new Date(expiresAt) };
  }

  find(secret: string, now = Date.now()): Session | null {
    const record = openSecret('mss', secret, (id) => this.#byId(id), now);
    const user = record && this.#users.byId(record.userId);
    return record && user && { id: record.id, user, grant: grantOf(record.id) };
  }

  /** Ends what it has open. Throws STORE_UNWRITABLE, see Revocations. */
  remove({ id, grant }: Session): void {
    this.#revocations.revoke([grant], () => this.#store.remove(id));
  }

  holds(id: number, now: number): boolean {
    const record = this.#byId(id);
    return record !== undefined && now < record.expiresAt;
  }

  #byId(id: number): SessionRecord | undefined {
    return this.#revocations.has(grantOf(id)) ? undefined : this.#store.byId(id);
  }
}

function grantOf(id: number): string {
  return `session:${id}`;
}
