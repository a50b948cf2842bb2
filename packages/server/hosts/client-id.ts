/** Who comes back to what was left on a host: what the caller calls itself, but no user by the name of another. */
export function clientIdOf({ client, ownerId }: { client: string; ownerId: number | null }): string {
  return ownerId === null ? client : `user:${ownerId}:${client}`;
}

/** Whether the two are of one user; all that came by the shared credentials are. */
export function isSameUser(one: string, other: string): boolean {
  return userOf(one) === userOf(other);
}

function userOf(clientId: string): string | null {
  return /^user:\d+:/.exec(clientId)?.[0] ?? null;
}
