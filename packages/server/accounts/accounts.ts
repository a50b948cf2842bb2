import type { DatabaseSync } from 'node:sqlite';
import { MoonshareError, type Role } from '@moonshare/contract';
import { allowsRole, ROLE_SCOPES, viewerRole } from '../auth/scopes.ts';
import type { Rank } from '../limits/seats.ts';
import { LinkStore } from '../store/link-store.ts';
import { PendingWrites } from '../store/pending-writes.ts';
import { SessionStore } from '../store/session-store.ts';
import { ShareStore } from '../store/share-store.ts';
import { TokenStore } from '../store/token-store.ts';
import { UserStore } from '../store/user-store.ts';
import { ApiTokens } from './api-tokens.ts';
import { Grantors, NO_STREAMERS, type Ownership } from './grantors.ts';
import { JoinLinks, type LinksEnded } from './join-links.ts';
import { LiveGrants } from './live-grants.ts';
import { PASSWORD_COST } from './password.ts';
import { Revocations } from './revocations.ts';
import { Sessions } from './sessions.ts';
import { type Shared, Shares } from './shares.ts';
import { StreamerAccess } from './streamer-access.ts';
import { Users } from './users.ts';

/** Everyone who may do something here, and what each grant has open. */
export class Accounts {
  readonly live = new LiveGrants();
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: ApiTokens;
  readonly links: JoinLinks;
  readonly shares: Shares;
  /** Who can reach which streamer. */
  readonly streamers: StreamerAccess;

  /**
   * `writes`: where revocations wait while the database cannot be written. `linksEnded`: called when links end with their streamer or
   * their grantor's rights. `shared`: called when something is shared, or no longer is. `passwordCost`: a lower one makes tests fast.
   */
  constructor(
    database: DatabaseSync,
    writes = new PendingWrites(),
    {
      ownership = NO_STREAMERS,
      shared = () => {},
      linksEnded = () => {},
      passwordCost = PASSWORD_COST,
    }: { ownership?: Ownership; shared?: Shared; linksEnded?: LinksEnded; passwordCost?: number } = {},
  ) {
    const sessions = new SessionStore(database);
    const revocations = new Revocations(this.live, writes);
    this.users = new Users(
      new UserStore(database),
      sessions,
      revocations,
      (userId) => this.#endBeyond({ userId }),
      passwordCost,
    );
    this.sessions = new Sessions(sessions, this.users, revocations);
    this.tokens = new ApiTokens(new TokenStore(database), this.users, revocations, (tokenIds) =>
      this.#endBeyond({ tokenIds }),
    );
    const { users, tokens } = this;
    const grantors = new Grantors({ users, tokens, ownership });
    this.links = new JoinLinks(new LinkStore(database), {
      grantors,
      ownership,
      revocations,
      ended: linksEnded,
      passwordCost,
    });
    this.shares = new Shares(new ShareStore(database), { users, grantors, revocations, onShared: shared });
    this.streamers = new StreamerAccess({ ownership, grantors, shares: this.shares });
  }

  /** Whether all of these grants still hold. A seat of a link holds as long as the link does. */
  hold(grants: readonly string[], now = Date.now()): boolean {
    return grants.every((grant) => this.#holds(grant, now));
  }

  /** Who is behind these grants. */
  origin(grants: readonly string[]): { user: string | null; linkId: number | null } {
    const userId = idOf('user', grants);
    const user = userId === null ? null : this.users.byId(userId);
    return { user: user?.name ?? null, linkId: idOf('link', grants) };
  }

  /** Whether a user who may manage the streamer is behind these grants. */
  manages(grants: readonly string[], streamerId: string): boolean {
    const userId = idOf('user', grants);
    const user = userId === null ? null : this.users.byId(userId);
    return user !== null && this.streamers.of(user, streamerId)?.manages === true;
  }

  /** Whether the user behind these grants, if any, may have this role there. Throws FORBIDDEN. */
  checkRole(grants: readonly string[], streamerId: string, role: Role): void {
    const userId = idOf('user', grants);
    const user = userId === null ? null : this.users.byId(userId);
    if (user === null) return;
    const isAllowed =
      allowsRole(viewerRole(ROLE_SCOPES[user.role]), role) &&
      allowsRole(this.streamers.of(user, streamerId)?.role ?? null, role);
    if (!isAllowed) throw new MoonshareError('FORBIDDEN', { message: 'The account of this viewer allows less' });
  }

  /** Which seats of a streamer the holder of these grants may have; no grants means the shared credentials. */
  rank(role: Role, grants: readonly string[]): Rank {
    const userId = idOf('user', grants);
    const isAdmin = grants.length === 0 || (userId !== null && this.users.byId(userId)?.role === 'admin');
    if (role === 'full' && isAdmin) return 'admin';
    return role === 'watch' ? 'watch' : 'control';
  }

  /** Ends what expired grants have open. */
  endExpired(now = Date.now()): void {
    for (const grant of this.live.held) if (!this.#holds(grant, now)) this.live.revoke(grant);
  }

  /** Ends what they gave to others and may no longer give. */
  #endBeyond(grantor: { userId: number } | { tokenIds: readonly number[] }): void {
    this.links.endBeyond(grantor);
    this.shares.endBeyond(grantor);
  }

  #holds(grant: string, now: number): boolean {
    const [kind, id = ''] = grant.split(':');
    switch (kind) {
      case 'user':
        return this.users.byId(Number.parseInt(id, 10))?.grant === grant;
      case 'session':
        return this.sessions.holds(Number(id), now);
      case 'token':
        return this.tokens.holds(Number(id), now);
      case 'link':
        return this.links.holds(Number(id), now);
      case 'share':
        return this.shares.holds(Number(id));
      case 'owner':
        return this.streamers.ownerHolds(grant);
      default:
        return kind === 'seat';
    }
  }
}

function idOf(kind: string, grants: readonly string[]): number | null {
  const grant = grants.find((one) => one.startsWith(`${kind}:`));
  return grant === undefined ? null : Number.parseInt(grant.slice(kind.length + 1), 10);
}
