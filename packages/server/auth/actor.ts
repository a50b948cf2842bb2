/** On whose account something is done, by names and numbers that are no secrets. */
export type Actor =
  | { kind: 'credentials' }
  | { kind: 'user'; user: string }
  /** An API token, and whose it is; null: made with the shared credentials. */
  | { kind: 'token'; token: number; user: string | null }
  | { kind: 'link'; link: number };

/** A caller of the API. Neither: the shared credentials. */
export function actorOf({ user, token }: { user: { name: string } | null; token: { id: number } | null }): Actor {
  if (token !== null) return { kind: 'token', token: token.id, user: user?.name ?? null };
  return user === null ? { kind: 'credentials' } : { kind: 'user', user: user.name };
}

/** Somebody who was admitted by these grants. */
export function actorOfGrants(
  { user, linkId }: { user: string | null; linkId: number | null },
  grants: readonly string[],
): Actor {
  if (linkId !== null) return { kind: 'link', link: linkId };
  const token = grants.find((grant) => grant.startsWith('token:'));
  const id = token === undefined ? null : { id: Number.parseInt(token.slice('token:'.length), 10) };
  return actorOf({ user: user === null ? null : { name: user }, token: id });
}
