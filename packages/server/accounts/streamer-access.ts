import type { Role } from '@moonshare/contract';
import type { Audience } from '../events/event-log.ts';
import type { Grantors, Ownership } from './grantors.ts';
import type { Shares } from './shares.ts';
import type { User } from './users.ts';

/** What somebody is to a streamer. */
export interface Standing {
  /** May end it, share it, make links to it and put viewers out. */
  manages: boolean;
  /** The most that this viewer is there, as far as the streamer is concerned. */
  role: Role;
  /** What has to hold for it. */
  grants: string[];
}

/**
 * Who reaches which streamer: its owner, those it is shared with, and admins all. `user` null stands for the shared
 * credentials, which are an admin's.
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

  /** Who may be told of it now. */
  audienceOf(streamerId: string): Audience {
    return { ownerId: this.#ownership.ownerOf(streamerId), userIds: this.#shares.usersOf(streamerId) };
  }

  /** Whether this user is among them. */
  isAmong(user: User | null, { ownerId, userIds }: Audience): boolean {
    return this.reachesAll(user) || user.id === ownerId || userIds.includes(user.id);
  }

  /** Of an `owner:` grant: the streamer is still that user's. */
  ownerHolds(grant: string): boolean {
    const [, id = '', streamerId = ''] = /^owner:(\d+):(.*)$/.exec(grant) ?? [];
    return this.#ownership.ownerOf(streamerId) === Number(id);
  }
}

function ownerGrant(userId: number, streamerId: string): string {
  return `owner:${userId}:${streamerId}`;
}
