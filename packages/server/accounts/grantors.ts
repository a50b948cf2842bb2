import type { Role } from '@moonshare/contract';
import { allowsRole, covers, ROLE_SCOPES, viewerRole } from '../auth/scopes.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { User, Users } from './users.ts';

/** Whose streamers are. */
export interface Ownership {
  /** The number of a user, who may be gone; null: the shared credentials'; undefined: there is no streamer of that id. */
  ownerOf(streamerId: string): number | null | undefined;
  /** Every user reaches every streamer. */
  everyone: boolean;
}

/** Where no streamers are. */
export const NO_STREAMERS: Ownership = { ownerOf: () => undefined, everyone: true };

/** What somebody gave to others of a streamer. */
export interface GrantedRight {
  streamerId: string;
  /** Whose the streamer was then. */
  ownerId: number | null;
  role: Role;
  /** null: given with the shared credentials. */
  grantorId: number | null;
  /** The API token that it was given with. */
  tokenId: number | null;
}

/** Whoever gives something of a streamer gives it as long as they have it. */
export class Grantors {
  readonly #users: Users;
  readonly #tokens: ApiTokens;
  readonly #ownership: Ownership;

  constructor(options: { users: Users; tokens: ApiTokens; ownership: Ownership }) {
    this.#users = options.users;
    this.#tokens = options.tokens;
    this.#ownership = options.ownership;
  }

  /** Whoever gave it could still give it, and the streamer of that name is the one that it was given for. */
  stillGrant(right: GrantedRight): boolean {
    return this.isSameStreamer(right) && this.#mayGrant(right);
  }

  /** Or there is none at the moment. */
  isSameStreamer({ streamerId, ownerId }: Pick<GrantedRight, 'streamerId' | 'ownerId'>): boolean {
    const owner = this.#ownership.ownerOf(streamerId);
    return this.#ownership.everyone || owner === undefined || owner === ownerId;
  }

  /** The streamer is this user's to give away. */
  manages(user: Pick<User, 'id' | 'role'>, ownerId: number | null): boolean {
    return this.#ownership.everyone || user.role === 'admin' || user.id === ownerId;
  }

  #mayGrant({ grantorId, tokenId, ownerId, role }: GrantedRight): boolean {
    if (tokenId !== null && !this.#tokens.holds(tokenId, Date.now())) return false;
    if (grantorId === null) return true;
    const user = this.#users.byId(grantorId);
    if (user === null) return false;
    const scopes = ROLE_SCOPES[user.role];
    return covers(scopes, 'streamers:write') && allowsRole(viewerRole(scopes), role) && this.manages(user, ownerId);
  }
}
