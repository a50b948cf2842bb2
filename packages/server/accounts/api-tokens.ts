import { type CreatedToken, MoonshareError, type Scope, type TokenInfo } from '@moonshare/contract';
import type { TokenRecord, TokenStore } from '../store/index.ts';
import type { LiveGrants } from './live-grants.ts';
import { createSecret, openSecret } from './secret.ts';
import type { User, Users } from './users.ts';

export interface ApiToken {
  scopes: Scope[];
  /** null: made with the shared credentials. */
  user: User | null;
  grant: string;
}

/** Tokens for programs. */
export class ApiTokens {
  readonly #store: TokenStore;
  readonly #users: Users;
  readonly #live: LiveGrants;

  constructor(store: TokenStore, users: Users, live: LiveGrants) {
    this.#store = store;
    this.#users = users;
    this.#live = live;
  }

  /** The answer is the only one that has the token itself. */
  create(
    token: { name: string; scopes: readonly Scope[]; expiresInSeconds: number; user: User | null },
    now = Date.now(),
  ): CreatedToken {
    const { digest, text } = createSecret('mst');
    this.#store.removeExpired(now);
    const record = {
      userId: token.user?.id ?? null,
      name: token.name,
      scopes: [...new Set(token.scopes)],
      digest,
      createdAt: now,
      expiresAt: now + token.expiresInSeconds * 1000,
    };
    const id = this.#store.add(record);
    return { ...this.#info({ id, ...record }), token: text(id) };
  }

  /** Those of one user, or all. */
  list(of?: User): TokenInfo[] {
    const records = this.#store.list().filter(({ userId }) => of === undefined || userId === of.id);
    return records.map((record) => this.#info(record));
  }

  /** Ends what it holds open. `of`: only if it is that user's. Throws TOKEN_NOT_FOUND. */
  remove(id: number, of?: User): void {
    const record = this.#store.byId(id);
    if (record === undefined || (of !== undefined && record.userId !== of.id)) {
      throw new MoonshareError('TOKEN_NOT_FOUND');
    }
    this.#store.remove(id);
    this.#live.revoke(`token:${id}`);
  }

  find(secret: string, now = Date.now()): ApiToken | null {
    const record = openSecret('mst', secret, (id) => this.#store.byId(id), now);
    if (record === null) return null;
    const user = record.userId === null ? null : this.#users.byId(record.userId);
    return { scopes: record.scopes, user, grant: `token:${record.id}` };
  }

  holds(id: number, now: number): boolean {
    const record = this.#store.byId(id);
    return record !== undefined && now < record.expiresAt;
  }

  #info(record: TokenRecord): TokenInfo {
    return {
      id: record.id,
      name: record.name,
      scopes: record.scopes,
      user: record.userId === null ? null : (this.#users.byId(record.userId)?.name ?? null),
      created_at: new Date(record.createdAt).toISOString(),
      expires_at: new Date(record.expiresAt).toISOString(),
    };
  }
}
