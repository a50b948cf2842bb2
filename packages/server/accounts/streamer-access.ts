import type { Role } from '@moonshare/contract';
import type { Audience } from '../events/event-log.ts';
import type { Grantors, Ownership } from './grantors.ts';
import type { Shares } from './shares.ts';
import type { User } from './users.ts';

/** A user's rights to a streamer. */
export interface Standing {
  /** May end it, share it, make links to it and remove viewers. */
  manages: boolean;
  /** The highest role that this user can have there, as far as the streamer is concerned. */
  role: Role;
  /** The grants that must hold for it. */
  grants: string[];
}

/**
 * Who can reach which streamer: its owner, those it is shared with, and admins all of them. `user` null stands for the shared
 * credentials, which count as an admin.
 */
export class StreamerAccess {
  readonly #ownership: Ownership;
  readonly #grantors: Grantors;
  readonly #shares: Shares;

  constructor(options: { ownership: Ownership; grantors: Grantors; shares: Shares }) {
    this.#ownership = options.ownership;
    this.#grantors = options.grantors;
    this.#shares = options.shares;
  }

  /** null: for this user there is no such streamer. */
  of(user: User | null, streamerId: string): Standing | null {
    const owner = this.#ownership.ownerOf(streamerId);
    if (owner === undefined) return null;
    if (this.reachesAll(user)) return { manages: true, role: 'full', grants: [] };
    if (owner === user.id) return { manages: true, role: 'full', grants: [ownerGrant(user.id, streamerId)] };
    const share = this.#shares.of(streamerId, user.id);
    return share && { manages: false, role: share.role, grants: [share.grant] };
  }

  reachesAll(user: User | null): user is null | (User & { role: 'admin' }) {
    return user === null || this.#grantors.manages(user, null);
  }

  /** Who may be told about it now. */
  audienceOf(streamerId: string): Audience {
    return { ownerId: this.#ownership.ownerOf(streamerId), userIds: this.#shares.usersOf(streamerId) };
  }

  /** Whether this user is among them. */
  isAmong(user: User | null, { ownerId, userIds }: Audience): boolean {
    return this.reachesAll(user) || user.id === ownerId || userIds.includes(user.id);
  }

  /** For an `owner:` grant: whether the streamer still belongs to that user. */
  ownerHolds(grant: string): boolean {
    const [, id = '', streamerId = ''] = /^owner:(\d+):(.*)$/.exec(grant) ?? [];
    return this.#ownership.ownerOf(streamerId) === Number(id);
  }
}

function ownerGrant(userId: number, streamerId: string): string {
  return `owner:${userId}:${streamerId}`;
}
