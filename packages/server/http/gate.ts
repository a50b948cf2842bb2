import { MoonshareError, type Role } from '@moonshare/contract';
import type { FastifyRequest } from 'fastify';
import { bearerToken, type Credentials, originAllowed, type Tokens } from '../auth/index.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const RANK: Record<Role, number> = { watch: 0, gamepad: 1, full: 2 };

/** Who may do what, decided from the request alone. An unknown and a wrong token get the same answer. */
export class Gate {
  readonly #credentials: Credentials;
  readonly #tokens: Tokens;
  readonly #allowedOrigins: readonly string[];

  constructor(credentials: Credentials, tokens: Tokens, allowedOrigins: readonly string[]) {
    this.#credentials = credentials;
    this.#tokens = tokens;
    this.#allowedOrigins = allowedOrigins;
  }

  /**
   * A page of another origin may neither change things nor open sockets. Throws FORBIDDEN. Who holds the credentials may:
   * no browser adds them by itself, and the proxy of an agent platform passes its own pages' origin on (protocol/4 §2).
   */
  checkOrigin(request: FastifyRequest): void {
    if ((READING.has(request.method) && !request.ws) || this.#hasCredentials(request)) return;
    const { origin, host } = request.headers;
    if (originAllowed(origin, host, this.#allowedOrigins)) return;
    throw new MoonshareError('FORBIDDEN', {
      message: 'Requests from this web origin are not allowed',
      hint: 'Add it to MOONSHARE_ALLOWED_ORIGINS, or let the proxy pass the Host header on.',
    });
  }

  /** The shared credentials. Throws UNAUTHORIZED. */
  checkCredentials(request: FastifyRequest): void {
    if (!this.#hasCredentials(request)) throw new MoonshareError('UNAUTHORIZED');
  }

  /** The role for a socket token: credentials may ask for any, a link for its own or less. Throws UNAUTHORIZED, FORBIDDEN. */
  async tokenRole(request: FastifyRequest, streamerId: string, wanted: Role | undefined): Promise<Role> {
    const most = this.#hasCredentials(request) ? 'full' : await this.#grantedRole('link', bearer(request), streamerId);
    if (wanted !== undefined && RANK[wanted] > RANK[most]) throw new MoonshareError('FORBIDDEN');
    return wanted ?? most;
  }

  /** The role of a WebSocket; null if it brought nothing and has to say the credentials first. Throws UNAUTHORIZED. */
  async socketRole(request: FastifyRequest, streamerId: string, token: string | undefined): Promise<Role | null> {
    if (this.#hasCredentials(request)) return 'full';
    if (token !== undefined) return this.#grantedRole('socket', token, streamerId);
    if (request.headers.authorization !== undefined) throw new MoonshareError('UNAUTHORIZED');
    return null;
  }

  #hasCredentials(request: FastifyRequest): boolean {
    const token = bearer(request);
    return token !== null && this.#credentials.match(token);
  }

  async #grantedRole(kind: 'link' | 'socket', token: string | null, streamerId: string): Promise<Role> {
    const grant = token === null ? null : await this.#tokens.verify(kind, token);
    if (grant === null || grant.streamerId !== streamerId) throw new MoonshareError('UNAUTHORIZED');
    return grant.role;
  }
}

function bearer(request: FastifyRequest): string | null {
  return bearerToken(request.headers.authorization);
}
