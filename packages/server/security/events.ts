import type { Role, Scope, UserRole } from '@moonshare/contract';
import type { LimitName } from '../auth/limit-error.ts';

/**
 * What an operator looks for to see an attack or trace one. The names are stable, as filters and alerts depend on them. Events
 * contain no text chosen by a stranger: only IDs, and names of existing users.
 */
export type SecurityEvent =
  | { event: 'login'; with: 'password' | 'credentials'; user: string | null }
  /** `user`: null if there is none with that name. */
  | { event: 'login.failed'; user: string | null }
  | { event: 'logout'; user: string }
  /** The shared credentials, or a guess at them. */
  | { event: 'credentials.failed' }
  /** A token with our format or the ticket of a media socket that is not valid: expired, revoked, already used, or made up. */
  | { event: 'token.refused' }
  | { event: 'pin.failed'; link: number; streamer: string }
  | { event: 'link.created'; link: number; streamer: string; role: Role; by: string | null }
  | { event: 'link.used'; link: number; streamer: string; role: Role }
  | { event: 'browser.vouched'; by: string | null }
  | { event: 'link.revoked'; link: number; streamer: string; by: string | null }
  /** With its streamer, or with the rights of its creator. */
  | { event: 'link.ended'; link: number; streamer: string }
  | { event: 'token.created'; token: number; scopes: Scope[]; by: string | null }
  | { event: 'token.revoked'; token: number; by: string | null }
  | { event: 'user.created'; user: string; role: UserRole; by: string | null }
  | { event: 'user.changed'; user: string; role: UserRole | null; password: boolean; by: string | null }
  | { event: 'user.removed'; user: string; by: string | null }
  | { event: 'viewer.kicked'; viewer: string; streamer: string; by: string | null }
  | { event: 'viewer.role'; viewer: string; streamer: string; role: Role; by: string | null }
  | { event: 'limit.reached'; limit: LimitName };

export type SecurityEventName = SecurityEvent['event'];

/** Also the labels of the metric. `byAnybody`: can be caused without any rights, as often as the network allows. */
export const SECURITY_EVENTS: Record<SecurityEventName, { message: string; byAnybody?: true }> = {
  login: { message: 'logged in' },
  'login.failed': { message: 'login failed', byAnybody: true },
  logout: { message: 'logged out' },
  'credentials.failed': { message: 'credentials are wrong', byAnybody: true },
  'token.refused': { message: 'token is not valid', byAnybody: true },
  'pin.failed': { message: 'PIN is wrong', byAnybody: true },
  'link.created': { message: 'link created' },
  'link.used': { message: 'link used', byAnybody: true },
  'browser.vouched': { message: 'browser vouched for' },
  'link.revoked': { message: 'link revoked' },
  'link.ended': { message: 'link ended' },
  'token.created': { message: 'API token created' },
  'token.revoked': { message: 'API token revoked' },
  'user.created': { message: 'user created' },
  'user.changed': { message: 'user changed' },
  'user.removed': { message: 'user removed' },
  'viewer.kicked': { message: 'viewer removed' },
  'viewer.role': { message: 'role of a viewer changed' },
  'limit.reached': { message: 'limit reached', byAnybody: true },
};
