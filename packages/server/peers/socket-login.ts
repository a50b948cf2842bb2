import { MoonshareError, parseClientSignal } from '@moonshare/contract';
import type { RateLimitedCredentials, RequestSource } from '../auth/rate-limited-credentials.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { PeerSocket } from './peer-socket.ts';

/** Credentials, a client and an app are a few hundred bytes: from strangers nothing larger is parsed. */
const MAX_LOGIN_LENGTH = 16_384;

/** Checks the shared credentials sent over a socket in an AuthenticateAndInit (protocol/4 §3 and §4). */
export class SocketLogin {
  readonly #credentials: RateLimitedCredentials;
  readonly #security: SecurityLog;

  constructor(options: { credentials: RateLimitedCredentials; security: SecurityLog }) {
    this.#credentials = options.credentials;
    this.#security = options.security;
  }

  /** `text`: the first message. `from`: null if the upgrade already had the credentials. Calls `done` once, perhaps later: with null if they are right, otherwise with UNAUTHORIZED or RATE_LIMITED. */
  check(
    peer: PeerSocket,
    text: string,
    from: RequestSource | null,
    done: (error: MoonshareError | null) => void,
  ): void {
    const signal = text.length > MAX_LOGIN_LENGTH ? null : parseClientSignal(text);
    const init = signal !== null && 'AuthenticateAndInit' in signal ? signal.AuthenticateAndInit : null;
    if (init === null) return void done(new MoonshareError('UNAUTHORIZED'));
    if (from === null) return void done(null);
    const secret = init.credentials ?? '';
    peer.hold(this.#credentials.holdMs(secret, from), () => done(this.#judge(secret, from)));
  }

  #judge(secret: string, from: RequestSource): MoonshareError | null {
    try {
      if (this.#credentials.match(secret, from)) {
        this.#security.record(from.address, { event: 'login', with: 'credentials', user: null });
        return null;
      }
      this.#security.record(from.address, { event: 'credentials.failed' });
      return new MoonshareError('UNAUTHORIZED');
    } catch (error) {
      return MoonshareError.from(error);
    }
  }
}
