import { addressKey } from './address.ts';

/**
 * Whom budgets and limits of one viewer count to: where it comes from, and the join link that it came by. Each of the two is
 * limited by itself, so that neither another link nor another address begins anew.
 */
export interface Owner {
  /** See `addressKey`: an IPv4 address, or an IPv6 network of 64 bits. */
  address: string;
  /** null: it came by rights of its own. */
  linkId: number | null;
}

export function ownerOf(address: string, linkId: number | null): Owner {
  return { address: addressKey(address), linkId };
}

/** What to keep its budgets under: `address:10.0.0.1`, and `link:5` for who came by one. */
export function ownerKeys({ address, linkId }: Owner): string[] {
  return linkId === null ? [`address:${address}`] : [`address:${address}`, `link:${linkId}`];
}
