import type { Role, Scope, UserRole } from '@moonshare/contract';

export const ALL_SCOPES: readonly Scope[] = ['streamers:read', 'streamers:write', 'hosts:read', 'hosts:write', 'admin'];

export const ROLE_SCOPES: Record<UserRole, readonly Scope[]> = {
  admin: ALL_SCOPES,
  user: ['streamers:read', 'streamers:write', 'hosts:read'],
  viewer: ['streamers:read'],
};

const AREAS: readonly [path: RegExp, read: Scope, write: Scope][] = [
  [/^\/(api\/streamers|api\/events|metrics)(\/|$)/, 'streamers:read', 'streamers:write'],
  [/^\/api\/(hosts?|apps?|pair|sessions)(\/|$)/, 'hosts:read', 'hosts:write'],
];

/** Any caller may: they are about the caller. */
const OWN = /^\/api\/(authenticate|me|me\/password|logout|tokens|tokens\/:id)$/;

/**
 * What a route wants, by its pattern without the path prefix; null: nothing more than being known. What no area has is
 * for admins: a new route is closed until it is placed here.
 */
export function requiredScope(method: string, route: string): Scope | null {
  if (OWN.test(route)) return null;
  const area = AREAS.find(([path]) => path.test(route));
  if (area === undefined) return 'admin';
  // Who has the links of a streamer can use them; with whom it is shared is for those who may share it.
  const reading = (method === 'GET' || method === 'HEAD') && !/\/(links|shares)/.test(route);
  return reading ? area[1] : area[2];
}

export function covers(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes(wanted) || scopes.includes('admin');
}

const RANK: Record<Role, number> = { watch: 0, gamepad: 1, full: 2 };

/** Who may be let in as `most` may be let in as `wanted`. */
export function allowsRole(most: Role | null, wanted: Role): boolean {
  return most !== null && RANK[wanted] <= RANK[most];
}

/** The most that a viewer with these scopes is: who may run streams may use them, who may look may watch. */
export function viewerRole(scopes: readonly Scope[]): Role | null {
  if (covers(scopes, 'streamers:write')) return 'full';
  return covers(scopes, 'streamers:read') ? 'watch' : null;
}
