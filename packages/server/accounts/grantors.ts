import type { Role } from '@moonshare/contract';
import { allowsRole, covers, ROLE_SCOPES, viewerRole } from '../auth/scopes.ts';
import type { ApiTokens } from './api-tokens.ts';
import type { User, Users } from './users.ts';

/** Who owns which streamer. */
export interface Ownership {
  /** The ID of a user, who may no longer exist; null: the shared credentials; undefined: there is no such streamer. */
  ownerOf(streamerId: string): number | null | undefined;
  /** Every user can reach every streamer. */
  everyone: boolean;
}

/** For when there are no streamers. */
export const NO_STREAMERS: Ownership = { ownerOf: () => undefined, everyone: true };

/** Access to a streamer that someone gave to others. */
export interface GrantedRight {
  streamerId: string;
  /** The owner of the streamer at that time. */
  ownerId: number | null;
  role: Role;
  /** null: given with the shared credentials. */
  grantorId: number | null;
  /** The API token used to give it. */
  tokenId: number | null;
}

/** What someone gives others lasts only as long as they could still give it. */
export class Grantors {
  readonly #users: Users;
  readonly #tokens: ApiTokens;
  readonly #ownership: Ownership;

  constructor(options: { users: Users; tokens: ApiTokens; ownership: Ownership }) {
    this.#users = options.users;
    this.#tokens = options.tokens;
    this.#ownership = options.ownership;
  }

  /** The grantor could still give it, and the streamer of that name is still the same one. */
  stillGrant(right: GrantedRight): boolean {
    return this.isSameStreamer(right) && this.#mayGrant(right);
  }

  /** Also true if there is none at the moment. */
  isSameStreamer({ streamerId, ownerId }: Pick<GrantedRight, 'streamerId' | 'ownerId'>): boolean {
    const owner = this.#ownership.ownerOf(streamerId);
    return this.#ownership.everyone || owner === undefined || owner === ownerId;
  }

  /** Whether this user may give away access to the streamer. */
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
