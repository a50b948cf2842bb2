/** Identifies who may come back to what was left on a host: the caller's own client ID, qualified by user, so that no user can claim another's. */
export function clientIdOf({ client, ownerId }: { client: string; ownerId: number | null }): string {
  return ownerId === null ? client : `user:${ownerId}:${client}`;
}

/** Whether both belong to the same user; all that used the shared credentials do. */
export function isSameUser(one: string, other: string): boolean {
  return userOf(one) === userOf(other);
}

function userOf(clientId: string): string | null {
  return /^user:\d+:/.exec(clientId)?.[0] ?? null;
}
