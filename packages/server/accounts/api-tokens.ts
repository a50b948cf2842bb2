import { type CreatedToken, MoonshareError, type Scope, type TokenInfo } from '@moonshare/contract';
import type { TokenRecord, TokenStore } from '../store/token-store.ts';
import type { Revocations } from './revocations.ts';
import { createSecret, openSecret } from './secret.ts';
import type { User, Users } from './users.ts';

export interface ApiToken {
  id: number;
  name: string;
  scopes: Scope[];
  /** null: made with the shared credentials. */
  user: User | null;
  grant: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Tokens for programs. */
export class ApiTokens {
  readonly #store: TokenStore;
  readonly #users: Users;
  readonly #revocations: Revocations;
  readonly #ended: (tokenIds: readonly number[]) => void;

  /** `ended`: called with removed tokens, so that what they made ends with them. */
  constructor(store: TokenStore, users: Users, revocations: Revocations, ended: (tokenIds: readonly number[]) => void) {
    this.#store = store;
    this.#users = users;
    this.#revocations = revocations;
    this.#ended = ended;
  }

  /** Only the answer contains the token itself. `madeWith`: the token that created it, with which it ends at the latest. */
  create(
    token: {
      name: string;
      scopes: readonly Scope[];
      expiresInSeconds: number;
      user: User | null;
      madeWith: ApiToken | null;
    },
    now = Date.now(),
  ): CreatedToken {
    const { digest, text } = createSecret('mst');
    this.#store.removeExpired(now);
    const record = {
      userId: token.user?.id ?? null,
      madeByToken: token.madeWith?.id ?? null,
      name: token.name,
      scopes: [...new Set(token.scopes)],
      digest,
      createdAt: now,
      expiresAt: Math.min(now + token.expiresInSeconds * 1000, token.madeWith?.expiresAt ?? Number.POSITIVE_INFINITY),
    };
    const id = this.#store.add(record);
    return { ...this.#info({ id, ...record }), token: text(id) };
  }

  /** The tokens of one user, or all. */
  list(of?: User): TokenInfo[] {
    const records = this.#all().filter(({ userId }) => of === undefined || userId === of.id);
    return records.map((record) => this.#info(record));
  }

  /** Also removes the tokens made with it, and ends what they have open. `of`: only if it belongs to that user. Throws TOKEN_NOT_FOUND, STORE_UNWRITABLE. */
  remove(id: number, of?: User): void {
    const record = this.#byId(id);
    if (record === undefined || (of !== undefined && record.userId !== of.id)) {
      throw new MoonshareError('TOKEN_NOT_FOUND');
    }
    const ids = this.#madeBy(id);
    // Before their rows are removed along with the token's.
    const end = () => this.#ended(ids);
    this.#revocations.revoke(ids.map(grantOf), () => this.#store.remove(id), end);
  }

  find(secret: string, now = Date.now()): ApiToken | null {
    const record = openSecret('mst', secret, (id) => this.#byId(id), now);
    if (record === null) return null;
    const user = record.userId === null ? null : this.#users.byId(record.userId);
    // Without its user it would look like one made with the shared credentials.
    if (record.userId !== null && user === null) return null;
    const { id, name, scopes, expiresAt } = record;
    return { id, name, scopes, user, grant: grantOf(id), expiresAt };
  }

  holds(id: number, now: number): boolean {
    const record = this.#byId(id);
    return record !== undefined && now < record.expiresAt;
  }

  /** This token and all that descend from it. */
  #madeBy(id: number): number[] {
    const all = this.#all();
    const of = (parent: number): number[] => [
      parent,
      ...all.filter(({ madeByToken }) => madeByToken === parent).flatMap((token) => of(token.id)),
    ];
    return of(id);
  }

  #all(): TokenRecord[] {
    return this.#store.list().filter(({ id }) => !this.#revocations.has(grantOf(id)));
  }

  #byId(id: number): TokenRecord | undefined {
    return this.#revocations.has(grantOf(id)) ? undefined : this.#store.byId(id);
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

function grantOf(id: number): string {
  return `token:${id}`;
}
