import type { Wish } from '../store/index.ts';

/** Who comes back to what was left on a host: what the caller calls itself, but no user by the name of another. */
export function clientOf({ request, ownerId }: Wish): string {
  const { client_unique_id: client } = request;
  return ownerId === null ? client : `user:${ownerId}:${client}`;
}
