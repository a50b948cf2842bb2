import type { Role, Scope, UserRole } from '@moonshare/contract';
import type { LimitName } from '../auth/limit-error.ts';

/**
 * What an operator looks for after an attack, or to see one. The names are stable: filters and alarms hang on them. Nothing in
 * it is a text that a stranger chose: ids, and names of users that exist.
 */
export type SecurityEvent =
  | { event: 'login'; with: 'password' | 'credentials'; user: string | null }
  /** `user`: null if there is none of that name. */
  | { event: 'login.failed'; user: string | null }
  | { event: 'logout'; user: string }
  /** The shared credentials, or what was tried in their place. */
  | { event: 'credentials.failed' }
  /** A token of a form of ours that opens nothing: old, revoked, used before, or made up. */
  | { event: 'token.refused' }
  | { event: 'pin.failed'; link: number; streamer: string }
  | { event: 'link.created'; link: number; streamer: string; role: Role; by: string | null }
  | { event: 'link.used'; link: number; streamer: string; role: Role }
  | { event: 'link.revoked'; link: number; streamer: string; by: string | null }
  /** With its streamer, or with the rights of whoever made it. */
  | { event: 'link.ended'; link: number; streamer: string }
  | { event: 'token.created'; token: number; scopes: Scope[]; by: string | null }
  | { event: 'token.revoked'; token: number; by: string | null }
  | { event: 'user.created'; user: string; role: UserRole; by: string | null }
  | { event: 'user.changed'; user: string; role: UserRole | null; password: boolean; by: string | null }
  | { event: 'user.removed'; user: string; by: string | null }
  | { event: 'viewer.kicked'; viewer: string; streamer: string; by: string | null }
  | { event: 'limit.reached'; limit: LimitName };

export type SecurityEventName = SecurityEvent['event'];

/** Also the labels of the metric. `byAnybody`: who needs no rights for it can cause as many as the network carries. */
export const SECURITY_EVENTS: Record<SecurityEventName, { message: string; byAnybody?: true }> = {
  login: { message: 'logged in' },
  'login.failed': { message: 'login failed', byAnybody: true },
  logout: { message: 'logged out' },
  'credentials.failed': { message: 'credentials are wrong', byAnybody: true },
  'token.refused': { message: 'token is not good', byAnybody: true },
  'pin.failed': { message: 'PIN is wrong', byAnybody: true },
  'link.created': { message: 'link made' },
  'link.used': { message: 'link used', byAnybody: true },
  'link.revoked': { message: 'link revoked' },
  'link.ended': { message: 'link ended' },
  'token.created': { message: 'API token made' },
  'token.revoked': { message: 'API token revoked' },
  'user.created': { message: 'user made' },
  'user.changed': { message: 'user changed' },
  'user.removed': { message: 'user removed' },
  'viewer.kicked': { message: 'viewer removed' },
  'limit.reached': { message: 'limit reached', byAnybody: true },
};
