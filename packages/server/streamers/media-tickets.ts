import { randomBytes } from 'node:crypto';

/** From the answer on the peer socket to the upgrade of the media socket. */
const TICKET_MS = 10_000;
/** More than one, since a browser may try again before it knows what became of its last attempt. */
const MAX_PER_PEER = 4;

/** What redeeming a ticket came to. `late`: it was one of ours, but not used in time. */
export type Redeemed = { outcome: 'admitted'; peerId: string } | { outcome: 'late' } | { outcome: 'unknown' };

/**
 * The tickets with which the viewers of one streamer open their media sockets: each works once, for the viewer that asked for it.
 * Pure except for the secrets themselves; times are monotonic ms.
 */
export class MediaTickets {
  /** By ticket. */
  readonly #tickets = new Map<string, { peerId: string; until: number }>();
  /** Oldest first. */
  readonly #byPeer = new Map<string, string[]>();

  /** Never more than `MAX_PER_PEER` for each peer that is here. */
  get size(): number {
    return this.#tickets.size;
  }

  /** A ticket for this peer. Its oldest one goes if it would have too many. */
  issue(peerId: string, now: number): string {
    const own = this.#byPeer.get(peerId) ?? [];
    this.#byPeer.set(peerId, own);
    if (own.length === MAX_PER_PEER) this.#tickets.delete(own.shift()!);
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(ticket, { peerId, until: now + TICKET_MS });
    own.push(ticket);
    return ticket;
  }

  /** Uses the ticket up. Late ones are remembered until newer ones of their peer replace them. */
  redeem(ticket: string, now: number): Redeemed {
    const known = this.#tickets.get(ticket);
    if (known === undefined) return { outcome: 'unknown' };
    const { peerId, until } = known;
    this.#tickets.delete(ticket);
    const left = this.#byPeer.get(peerId)!.filter((other) => other !== ticket);
    if (left.length > 0) this.#byPeer.set(peerId, left);
    else this.#byPeer.delete(peerId);
    return now < until ? { outcome: 'admitted', peerId } : { outcome: 'late' };
  }

  /** The peer has left: its tickets are worth nothing. */
  gone(peerId: string): void {
    for (const ticket of this.#byPeer.get(peerId) ?? []) this.#tickets.delete(ticket);
    this.#byPeer.delete(peerId);
  }
}
