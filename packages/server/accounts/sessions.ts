import type { SessionStore } from '../store/index.ts';
import type { LiveGrants } from './live-grants.ts';
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
  readonly #live: LiveGrants;

  constructor(store: SessionStore, users: Users, live: LiveGrants) {
    this.#store = store;
    this.#users = users;
    this.#live = live;
  }

  /** `secret` goes into the cookie and is stored nowhere. */
  create(user: User, now = Date.now()): { secret: string; expiresAt: Date } {
    const { digest, text } = createSecret('mss');
    const expiresAt = now + SESSION_MS;
    this.#store.prune(user.id, MAX_PER_USER - 1, now);
    const id = this.#store.add({ userId: user.id, digest, expiresAt });
    return { secret: text(id), expiresAt: new Date(expiresAt) };
  }

  find(secret: string, now = Date.now()): Session | null {
    const record = openSecret('mss', secret, (id) => this.#store.byId(id), now);
    const user = record && this.#users.byId(record.userId);
    return record && user && { id: record.id, user, grant: `session:${record.id}` };
  }

  /** Ends what it holds open. */
  remove({ id, grant }: Session): void {
    this.#store.remove(id);
    this.#live.revoke(grant);
  }

  holds(id: number, now: number): boolean {
    const record = this.#store.byId(id);
    return record !== undefined && now < record.expiresAt;
  }
}
