import { MoonshareError, type Role, type ShareInfo } from '@moonshare/contract';
import { allowsRole } from '../auth/scopes.ts';
import type { ShareRecord, ShareStore } from '../store/share-store.ts';
import type { ApiToken } from './api-tokens.ts';
import type { Grantors } from './grantors.ts';
import { type Revocations, withdrawnButNotStored } from './revocations.ts';
import type { User, Users } from './users.ts';

/** A user can now see someone else's streamer; role null: no longer. */
export type Shared = (share: { streamerId: string; user: Pick<User, 'id' | 'name'>; role: Role | null }) => void;

export interface Share {
  role: Role;
  grant: string;
}

interface SharesOptions {
  users: Users;
  grantors: Grantors;
  revocations: Revocations;
  onShared: Shared;
}

/** Streamers that their owners share with other users. */
export class Shares {
  readonly #store: ShareStore;
  readonly #options: SharesOptions;

  constructor(store: ShareStore, options: SharesOptions) {
    this.#store = store;
    this.#options = options;
  }

  list(streamerId: string): ShareInfo[] {
    return this.#all(streamerId).flatMap((record) => this.#info(record) ?? []);
  }

  /** This user's share of it. */
  of(streamerId: string, userId: number): Share | null {
    const record = this.#find(streamerId, userId);
    return record === undefined ? null : { role: record.role, grant: grantOf(record) };
  }

  /** The IDs of the users that it is shared with. */
  usersOf(streamerId: string): number[] {
    return this.#all(streamerId).map(({ userId }) => userId);
  }

  /**
   * Shares it with `user` in this role, whatever it was before; a lower role ends what the old one has open.
   * `grantor`: whose rights it depends on, see JoinLinks. Throws STORE_UNWRITABLE.
   */
  put(
    share: {
      streamerId: string;
      ownerId: number | null;
      user: User;
      role: Role;
      grantor: { user: User | null; token: ApiToken | null };
    },
    now = Date.now(),
  ): ShareInfo {
    const { streamerId, ownerId, user, role } = share;
    const by = { givenBy: share.grantor.user?.id ?? null, tokenId: share.grantor.token?.id ?? null };
    const before = this.#find(streamerId, user.id);
    if (before !== undefined && allowsRole(role, before.role)) this.#store.change(before.id, { role, ...by });
    else {
      if (before !== undefined && !this.#end([before])) throw withdrawnButNotStored();
      this.#store.put({ streamerId, ownerId, userId: user.id, role, ...by, createdAt: now });
    }
    if (before?.role !== role) this.#options.onShared({ streamerId, user, role });
    return this.#info(this.#find(streamerId, user.id)!)!;
  }

  /** Ends what it has open. Throws SHARE_NOT_FOUND, STORE_UNWRITABLE. */
  remove(streamerId: string, userId: number): void {
    const record = this.#find(streamerId, userId);
    if (record === undefined) throw new MoonshareError('SHARE_NOT_FOUND');
    if (!this.#end([record])) throw withdrawnButNotStored();
  }

  /** For a streamer that is gone: the next one of that name is a different one. Returns whether that is stored already. */
  removeAll(streamerId: string): boolean {
    return this.#end(this.#store.list(streamerId));
  }

  /** For all streamers but these. */
  removeOthers(streamerIds: readonly string[]): void {
    this.#end(this.#store.all().filter((record) => !streamerIds.includes(record.streamerId)));
  }

  /** Ends the shares that this user or these API tokens gave and may no longer give. */
  endBeyond(grantor: { userId: number } | { tokenIds: readonly number[] }): void {
    const given =
      'userId' in grantor
        ? this.#store.givenBy(grantor.userId)
        : grantor.tokenIds.flatMap((id) => this.#store.ofToken(id));
    this.#end(given.filter((record) => !this.#holds(record)));
  }

  holds(id: number): boolean {
    const record = this.#store.byId(id);
    return record !== undefined && this.#holds(record);
  }

  #all(streamerId: string): ShareRecord[] {
    return this.#store.list(streamerId).filter((record) => this.#holds(record));
  }

  #find(streamerId: string, userId: number): ShareRecord | undefined {
    return this.#all(streamerId).find((record) => record.userId === userId);
  }

  #holds(record: ShareRecord): boolean {
    return (
      !this.#options.revocations.has(grantOf(record)) &&
      this.#options.grantors.stillGrant({ ...record, grantorId: record.givenBy })
    );
  }

  /** Returns whether that is stored already. */
  #end(shares: readonly ShareRecord[]): boolean {
    if (shares.length === 0) return true;
    const grants = shares.map(grantOf);
    this.#options.revocations.withdraw(grants);
    const ids = shares.map(({ id }) => id);
    const isStored = this.#options.revocations.store(grants, () => this.#store.removeAll(ids));
    for (const { streamerId, userId } of shares) {
      const user = this.#options.users.byId(userId);
      if (user !== null) this.#options.onShared({ streamerId, user, role: null });
    }
    return isStored;
  }

  /** null: the user is just being removed. */
  #info({ userId, role, givenBy, createdAt }: ShareRecord): ShareInfo | null {
    const user = this.#options.users.byId(userId);
    if (user === null) return null;
    const grantor = givenBy === null ? null : (this.#options.users.byId(givenBy)?.name ?? null);
    return { user: user.name, role, given_by: grantor, created_at: new Date(createdAt).toISOString() };
  }
}

function grantOf({ id }: Pick<ShareRecord, 'id'>): string {
  return `share:${id}`;
}
