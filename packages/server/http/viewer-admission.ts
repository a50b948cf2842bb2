import { randomUUID } from 'node:crypto';
import { MoonshareError, type PeerToken, type Role } from '@moonshare/contract';
import type { FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { JoinLink } from '../accounts/join-links.ts';
import { ownerOf } from '../auth/owner.ts';
import { allowsRole, viewerRole } from '../auth/scopes.ts';
import type { Tokens } from '../auth/tokens.ts';
import { VOUCHED_COOKIE, type Vouchers } from '../auth/vouchers.ts';
import type { SecurityLog } from '../security/security-log.ts';
import { JoinLimiter } from '../streamers/join-limiter.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import { type Authenticator, bearer, type Caller } from './authenticator.ts';
import type { RateLimiters } from './rate-limiters.ts';

/** What a viewer may do, and the grants that admitted it. */
export interface AdmittedViewer {
  role: Role;
  grants: string[];
  /** What it is called, if that is fixed. */
  name: string | null;
}

interface ViewerAdmissionOptions {
  authenticator: Authenticator;
  accounts: Accounts;
  streamers: StreamerRegistry;
  tokens: Tokens;
  vouchers: Vouchers;
  rateLimiters: RateLimiters;
  security: SecurityLog;
}

/** How a viewer gets in: with a link or with its account’s rights; first a token for the socket, then the socket. */
export class ViewerAdmission {
  readonly #options: ViewerAdmissionOptions;
  readonly #joinLimiter = new JoinLimiter();

  constructor(options: ViewerAdmissionOptions) {
    this.#options = options;
  }

  /**
   * A token for the query of the socket. A caller with an account or a link may ask for less than it is allowed. A link is used
   * up once per browser: with the renewal the same browser gets in again, and what it had open before is closed.
   * Throws UNAUTHORIZED, FORBIDDEN, BROWSER_NOT_VOUCHED, PIN_REQUIRED, PIN_WRONG, LINK_USED_UP, RATE_LIMITED, STREAMER_NOT_FOUND.
   */
  async token(
    request: FastifyRequest,
    options: { streamerId: string; role: Role | undefined; pin: string | undefined; name: string | undefined },
  ): Promise<PeerToken> {
    const { streamerId } = options;
    const caller = this.#options.authenticator.caller(request);
    if (caller !== null) {
      const admitted = this.#byRights(caller, streamerId, options.role);
      return this.#socketToken({ streamerId, ...admitted, name: options.name ?? admitted.name });
    }
    const secret = bearer(request);
    if (secret === null) throw new MoonshareError('UNAUTHORIZED');
    const link = this.#options.accounts.links.find(secret);
    if (link?.streamerId === streamerId) {
      const role = lower(link.role, options.role);
      // Before hashing the PIN, and before writing the use to the disk, which blocks everyone.
      const { address } = ownerOf(this.#options.authenticator.address(request), null);
      this.#joinLimiter.check({ address: `${address} ${streamerId}`, linkId: link.id }, performance.now());
      await this.#checkVouched(request, link);
      await this.#checkPin(request, link, options.pin);
      this.#options.streamers.get(streamerId);
      this.#options.accounts.links.use(link);
      const used = { event: 'link.used', link: link.id, streamer: streamerId, role } as const;
      this.#options.security.record(this.#options.authenticator.address(request), used);
      const name = link.name ?? options.name ?? null;
      return this.#renewable({ streamerId, role, grants: [link.grant, `seat:${randomUUID()}`], name });
    }
    const renewal = await this.#options.tokens.verify('renewal', secret);
    if (renewal?.streamerId !== streamerId) throw this.#strange(request);
    if (!this.#options.accounts.hold(renewal.grants)) throw new MoonshareError('ACCESS_REVOKED');
    this.#options.streamers.get(streamerId);
    return this.#renewable({ ...renewal, role: lower(renewal.role, options.role) });
  }

  /** For a WebSocket; null if it brought nothing and has to send the credentials first. Throws UNAUTHORIZED, FORBIDDEN, STREAMER_NOT_FOUND. */
  async socket(request: FastifyRequest, streamerId: string, token: string | undefined): Promise<AdmittedViewer | null> {
    const caller = this.#options.authenticator.caller(request);
    if (token !== undefined && caller?.by !== 'credentials') {
      // A plain GET uses nothing up.
      const grant = request.ws
        ? await this.#options.tokens.redeem(token)
        : await this.#options.tokens.verify('socket', token);
      if (grant?.streamerId !== streamerId || !this.#options.accounts.hold(grant.grants)) throw this.#strange(request);
      return grant;
    }
    if (caller !== null) return this.#byRights(caller, streamerId, undefined);
    if (request.headers.authorization !== undefined) throw this.#strange(request);
    return null;
  }

  /**
   * The ID of the peer whose media socket this is; the ticket is used up. Throws UNAUTHORIZED, RATE_LIMITED, STREAMER_NOT_ACTIVE. A
   * ticket that a slow network has delayed does not count as a guess.
   */
  mediaSocket(request: FastifyRequest, streamerId: string, ticket: string): string {
    const peers = this.#options.streamers.find(streamerId)?.peers;
    const redeemed = peers?.redeemMediaTicket(ticket) ?? { outcome: 'unknown' };
    if (redeemed.outcome === 'admitted') return redeemed.peerId;
    if (redeemed.outcome === 'late') throw new MoonshareError('UNAUTHORIZED', { message: 'The ticket has expired' });
    throw this.#strange(request);
  }

  /** Someone else’s streamer looks just like one that does not exist. Throws FORBIDDEN, STREAMER_NOT_FOUND. */
  #byRights(caller: Caller, streamerId: string, wanted: Role | undefined): AdmittedViewer {
    const most = lower(viewerRole(caller.scopes), wanted);
    const standing = this.#options.accounts.streamers.of(caller.user, streamerId);
    if (standing === null) throw this.#options.streamers.notFound();
    const isAllowed = allowsRole(standing.role, most);
    const role = wanted === undefined && !isAllowed ? standing.role : lower(standing.role, most);
    return { role, grants: [...caller.grants, ...standing.grants], name: caller.user?.name ?? null };
  }

  /** A first party has vouched for the browser, or somebody is logged in there who can see the streamer without the link. */
  async #checkVouched(request: FastifyRequest, link: JoinLink): Promise<void> {
    if (!link.isForVouched) return;
    const { authenticator, accounts, vouchers } = this.#options;
    const person = authenticator.person(request);
    if (person !== null && accounts.streamers.of(person, link.streamerId) !== null) return;
    const cookie = authenticator.cookie(request, VOUCHED_COOKIE);
    const vouching = cookie === null ? null : await vouchers.vouching(cookie);
    if (vouching?.userId !== link.grantorId || !accounts.hold(vouching.grants))
      throw new MoonshareError('BROWSER_NOT_VOUCHED');
  }

  async #checkPin(request: FastifyRequest, link: JoinLink, pin: string | undefined): Promise<void> {
    if (!link.hasPin) return;
    if (pin === undefined) throw new MoonshareError('PIN_REQUIRED');
    const succeed = this.#options.rateLimiters.begin({
      pins: this.#options.authenticator.addressKey(request),
      'link-pins': String(link.id),
    });
    if (!(await this.#options.accounts.links.pinIsRight(link, pin))) {
      const failed = { event: 'pin.failed', link: link.id, streamer: link.streamerId } as const;
      this.#options.security.record(this.#options.authenticator.address(request), failed);
      throw new MoonshareError('PIN_WRONG');
    }
    succeed();
  }

  /** For a token that is not ours. Valid tokens never have to wait, as none can be found by guessing. */
  #strange(request: FastifyRequest): MoonshareError {
    this.#options.rateLimiters.begin({ joins: this.#options.authenticator.addressKey(request) });
    return new MoonshareError('UNAUTHORIZED');
  }

  async #renewable(grant: { streamerId: string } & AdmittedViewer): Promise<PeerToken> {
    const { token: renewal } = await this.#options.tokens.issue('renewal', grant);
    return { ...(await this.#socketToken(grant)), renewal };
  }

  async #socketToken(grant: { streamerId: string } & AdmittedViewer): Promise<PeerToken> {
    const { token, expiresAt } = await this.#options.tokens.issue('socket', grant);
    return { token, expires_at: expiresAt.toISOString(), role: grant.role };
  }
}

/** The wanted role if it is within what is allowed; the most that is allowed if none is wanted. Throws FORBIDDEN. */
function lower(most: Role | null, wanted: Role | undefined): Role {
  if (most === null || (wanted !== undefined && !allowsRole(most, wanted))) throw new MoonshareError('FORBIDDEN');
  return wanted ?? most;
}
