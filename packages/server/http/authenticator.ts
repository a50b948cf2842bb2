import { type Me, MoonshareError, type Scope } from '@moonshare/contract';
import type { FastifyRequest } from 'fastify';
import type { Accounts } from '../accounts/accounts.ts';
import type { ApiToken } from '../accounts/api-tokens.ts';
import type { Session } from '../accounts/sessions.ts';
import type { User } from '../accounts/users.ts';
import { addressKey, plainAddress } from '../auth/address.ts';
import { readCookie, SESSION_COOKIE } from '../auth/cookies.ts';
import { bearerToken } from '../auth/credentials.ts';
import { originAllowed } from '../auth/origin.ts';
import type { RateLimitedCredentials, RequestSource } from '../auth/rate-limited-credentials.ts';
import { ALL_SCOPES, covers, ROLE_SCOPES } from '../auth/scopes.ts';
import type { Proxies } from './proxies.ts';

/** Who sent a request. */
export interface Caller {
  by: Me['by'];
  /** null: the shared credentials, or a token made with them. */
  user: User | null;
  scopes: readonly Scope[];
  /** The grants that must hold for it; none for the shared credentials. */
  grants: string[];
  session: Session | null;
  token: ApiToken | null;
}

interface AuthenticatorOptions {
  credentials: RateLimitedCredentials;
  accounts: Accounts;
  proxies: Proxies;
  allowedOrigins: readonly string[];
}

/** Decides from the request alone who the caller is and what they may do. An unknown and a wrong token get the same answer. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * A page from another origin may neither change things nor open sockets. Throws FORBIDDEN. Callers with a Bearer header are judged
   * by that alone, and told if it is wrong (protocol/4 §1): no page from another origin can send one, and an agent platform's proxy
   * passes on the origin of its own pages (protocol/4 §2).
   */
  checkOrigin(request: FastifyRequest): void {
    if (isReading(request)) return;
    const { origin, host } = request.headers;
    if (originAllowed(origin, host, this.#options.allowedOrigins) || bearer(request) !== null) return;
    throw new MoonshareError('FORBIDDEN', {
      message: 'Requests from this web origin are not allowed',
      hint: 'Add it to MOONSHARE_ALLOWED_ORIGINS, or make the proxy forward the Host header.',
    });
  }

  /** Accepts only the shared credentials. Throws UNAUTHORIZED, RATE_LIMITED. */
  checkCredentials(request: FastifyRequest): void {
    if (this.caller(request)?.by !== 'credentials') throw new MoonshareError('UNAUTHORIZED');
  }

  /** The caller of a route that is not public. Throws UNAUTHORIZED, FORBIDDEN, RATE_LIMITED. */
  authenticate(request: FastifyRequest, access: 'authenticated' | Scope): Caller {
    return this.check(this.caller(request), access);
  }

  /** The same for a caller who is known already. Throws UNAUTHORIZED, FORBIDDEN. */
  check(caller: Caller | null, access: 'authenticated' | Scope): Caller {
    if (caller === null) throw new MoonshareError('UNAUTHORIZED');
    if (access === 'authenticated' || covers(caller.scopes, access)) return caller;
    throw new MoonshareError('FORBIDDEN', { message: `This requires the scope ${access}` });
  }

  /** null: not authenticated. Throws RATE_LIMITED. A Bearer header takes precedence over anything that a browser adds by itself. */
  caller(request: FastifyRequest): Caller | null {
    if (bearer(request) !== null) return this.#byBearer(request);
    return this.#isOwnPage(request) ? (this.#byProxy(request) ?? this.#byCookie(request)) : null;
  }

  /** Whose browser this is, whatever else the request brings; null: nobody is logged in there, or the page is not ours. */
  person(request: FastifyRequest): User | null {
    return this.#isOwnPage(request) ? ((this.#byProxy(request) ?? this.#byCookie(request))?.user ?? null) : null;
  }

  /** A cookie of ours, if a page of ours has sent it. */
  cookie(request: FastifyRequest, name: string): string | null {
    return this.#isOwnPage(request) ? readCookie(request.headers.cookie, name) : null;
  }

  /** What limits count this request as. */
  addressKey(request: FastifyRequest): string {
    return addressKey(this.address(request));
  }

  /** Where the request came from, according to our proxies. */
  address(request: FastifyRequest): string {
    const address = this.#options.proxies.clientAddress(request.raw);
    return plainAddress(address) ?? address;
  }

  /** The same, for limiting guesses at the shared credentials. */
  source(request: FastifyRequest): RequestSource {
    const address = this.address(request);
    const key = addressKey(address);
    const claimed = this.#options.proxies.claimedAddress(request.raw);
    return { address, key, path: claimed === null ? key : `${key} ${claimed}` };
  }

  /** How long to delay the request, ms: someone at the same source is guessing at the shared credentials. */
  holdMs(request: FastifyRequest): number {
    const secret = bearer(request);
    return secret === null ? 0 : this.#options.credentials.holdMs(secret, this.source(request));
  }

  /** Whether cookies in the answer may be for HTTPS only. */
  isSecure(request: FastifyRequest): boolean {
    return this.#options.proxies.isSecure(request.raw);
  }

  #byBearer(request: FastifyRequest): Caller | null {
    const secret = bearer(request);
    if (secret === null) return null;
    const token = this.#options.accounts.tokens.find(secret);
    if (token === null) {
      const right = this.#options.credentials.match(secret, this.source(request));
      return right
        ? { by: 'credentials', user: null, scopes: ALL_SCOPES, grants: [], session: null, token: null }
        : null;
    }
    const { user, grant } = token;
    if (user === null) return { by: 'token', user, scopes: token.scopes, grants: [grant], session: null, token };
    // A user whose rights have shrunk since the token was made limits the token too.
    const scopes = ALL_SCOPES.filter((scope) => covers(token.scopes, scope) && covers(ROLE_SCOPES[user.role], scope));
    return { by: 'token', user, scopes, grants: [grant, user.grant], session: null, token };
  }

  #byProxy(request: FastifyRequest): Caller | null {
    const name = this.#options.proxies.user(request.raw);
    const user = name === null ? null : this.#options.accounts.users.byName(name);
    if (user === null) return null;
    return { by: 'proxy', user, scopes: ROLE_SCOPES[user.role], grants: [user.grant], session: null, token: null };
  }

  #byCookie(request: FastifyRequest): Caller | null {
    const secret = readCookie(request.headers.cookie, SESSION_COOKIE);
    const session = secret === null ? null : this.#options.accounts.sessions.find(secret);
    if (session === null) return null;
    const { user, grant } = session;
    return { by: 'session', user, scopes: ROLE_SCOPES[user.role], grants: [grant, user.grant], session, token: null };
  }

  /** What a browser adds by itself only counts from our own pages, and browsers say which page it is. */
  #isOwnPage(request: FastifyRequest): boolean {
    const { origin, host, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined) return originAllowed(origin, host, this.#options.allowedOrigins);
    return isReading(request) && (site === undefined || site === 'same-origin' || site === 'none');
  }
}

/** It changes nothing and opens no socket. */
function isReading(request: FastifyRequest): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(request.method) && !request.ws;
}

export function bearer(request: FastifyRequest): string | null {
  return bearerToken(request.headers.authorization);
}
