import { type ErrorCode, MoonshareError } from '@moonshare/contract';

/** The name of a limit in logs. */
export type LimitName =
  | 'logins'
  | 'hashing'
  | 'pins'
  | 'link-pins'
  | 'credentials'
  | 'joins'
  | 'connections'
  | 'mcp'
  | 'strangers'
  | 'socket-messages'
  | 'viewer-joins'
  | 'viewer-budget'
  | 'no-peer-connection'
  | SeatsName
  | `${SeatsName}-by-address`
  | `${SeatsName}-by-link`;

/** What the seats are for. */
export type SeatsName = 'viewers' | 'viewers-of-all' | 'events';

/** Someone asked for more than one caller, or all together, may have. */
export class LimitError extends MoonshareError {
  readonly limit: LimitName;

  constructor(code: ErrorCode, limit: LimitName, options: { message?: string; hint?: string } = {}) {
    super(code, options);
    this.limit = limit;
  }
}

/** RATE_LIMITED, with when to try again. */
export class RateLimitedError extends LimitError {
  readonly retryAfterSeconds: number;

  constructor(waitMs: number, limit: LimitName) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    super('RATE_LIMITED', limit, { hint: `Try again in ${seconds} s.` });
    this.retryAfterSeconds = seconds;
  }
}
