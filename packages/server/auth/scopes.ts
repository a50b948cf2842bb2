import type { Role, Scope, UserRole } from '@moonshare/contract';

export const ALL_SCOPES: readonly Scope[] = ['streamers:read', 'streamers:write', 'hosts:read', 'hosts:write', 'admin'];

export const ROLE_SCOPES: Record<UserRole, readonly Scope[]> = {
  admin: ALL_SCOPES,
  user: ['streamers:read', 'streamers:write', 'hosts:read'],
  viewer: ['streamers:read'],
};

export function covers(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes(wanted) || scopes.includes('admin');
}

const RANK: Record<Role, number> = { watch: 0, gamepad: 1, full: 2 };

/** Whether someone allowed `most` may join as `wanted`. */
export function allowsRole(most: Role | null, wanted: Role): boolean {
  return most !== null && RANK[wanted] <= RANK[most];
}

/** The highest role for these scopes: full if they may run streams, watch if they may only look. */
export function viewerRole(scopes: readonly Scope[]): Role | null {
  if (covers(scopes, 'streamers:write')) return 'full';
  return covers(scopes, 'streamers:read') ? 'watch' : null;
}
