import { addressKey } from './address.ts';

/**
 * Whom one viewer's budgets and limits are charged to: its address, and the join link that it used. Each of the two is
 * limited by itself, so that changing one of them does not start over.
 */
export interface Owner {
  /** See `addressKey`: an IPv4 address, or an IPv6 network of 64 bits. */
  address: string;
  /** Null: it did not use a link. */
  linkId: number | null;
}

export function ownerOf(address: string, linkId: number | null): Owner {
  return { address: addressKey(address), linkId };
}

/** The keys for its budgets: `address:10.0.0.1`, and `link:5` if it used one. */
export function ownerKeys({ address, linkId }: Owner): string[] {
  return linkId === null ? [`address:${address}`] : [`address:${address}`, `link:${linkId}`];
}
