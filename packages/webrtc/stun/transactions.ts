/** The first retransmission of a request (RFC 8489 §6.2.1); each later one takes twice as long. */
const FIRST_RETRANSMISSION_MS = 500;
/** How long after the last transmission a response still counts. */
const LAST_WAIT_MS = 4_000;

/** A request that is not answered yet. */
export interface Transaction<Context> {
  /** Hex of the 12 bytes. */
  readonly id: string;
  readonly datagram: Uint8Array;
  readonly context: Context;
  readonly startedAt: number;
  /** Transmissions. */
  sent: number;
  /** How often it may be transmitted. */
  readonly limit: number;
  /** The next retransmission, or after the last one the end. */
  nextAt: number;
  intervalMs: number;
}

/** What was asked and is not answered yet, with its retransmissions. Pure; times are monotonic ms. */
export class StunTransactions<Context> {
  readonly #open = new Map<string, Transaction<Context>>();
  readonly #random: (bytes: number) => Uint8Array;
  readonly #tag: Uint8Array;

  /** `tag`: the first bytes of each ID, by which a router finds whose a response is; the rest is random. */
  constructor(tag: Uint8Array, random: (bytes: number) => Uint8Array) {
    this.#tag = tag;
    this.#random = random;
  }

  /** Sent once by the caller, now. `limit`: transmissions at most; `firstMs`: to the first retransmission, at least 500. */
  begin(
    encode: (transactionId: Uint8Array) => Uint8Array,
    { context, limit, firstMs = FIRST_RETRANSMISSION_MS }: { context: Context; limit: number; firstMs?: number },
    now: number,
  ): Transaction<Context> {
    const transactionId = Buffer.concat([this.#tag, this.#random(12 - this.#tag.length)]);
    const intervalMs = Math.max(firstMs, FIRST_RETRANSMISSION_MS);
    const transaction: Transaction<Context> = {
      id: transactionId.toString('hex'),
      datagram: encode(transactionId),
      context,
      startedAt: now,
      sent: 1,
      limit,
      nextAt: now + (limit === 1 ? LAST_WAIT_MS : intervalMs),
      intervalMs,
    };
    this.#open.set(transaction.id, transaction);
    return transaction;
  }

  get(transactionId: Uint8Array): Transaction<Context> | undefined {
    return this.#open.get(Buffer.from(transactionId).toString('hex'));
  }

  end({ id }: Transaction<Context>): void {
    this.#open.delete(id);
  }

  open(): Iterable<Transaction<Context>> {
    return this.#open.values();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Ends those that were sent as often as they may be, and were not answered. */
  takeExpired(now: number): Transaction<Context>[] {
    const expired = [...this.#open.values()].filter(({ sent, limit, nextAt }) => sent >= limit && nextAt <= now);
    for (const transaction of expired) this.end(transaction);
    return expired;
  }

  /** The one to be sent again first, if its time has come. */
  due(now: number): Transaction<Context> | null {
    const next = this.#next((transaction) => transaction.sent < transaction.limit);
    return next !== null && next.nextAt <= now ? next : null;
  }

  /** The caller sends it again, now. */
  retransmit(transaction: Transaction<Context>, now: number): void {
    transaction.sent++;
    transaction.intervalMs *= 2;
    transaction.nextAt = now + (transaction.sent < transaction.limit ? transaction.intervalMs : LAST_WAIT_MS);
  }

  /** The same beside its own times, because there is reason to think that it arrives now. */
  repeat(transaction: Transaction<Context>, now: number): void {
    transaction.nextAt = now + (transaction.sent < transaction.limit ? transaction.intervalMs : LAST_WAIT_MS);
  }

  /** When the next retransmission is due; Infinity: none. */
  get retransmissionAt(): number {
    return this.#next(({ sent, limit }) => sent < limit)?.nextAt ?? Number.POSITIVE_INFINITY;
  }

  /** When the next one ends unanswered; Infinity: none. */
  get expiryAt(): number {
    return this.#next(({ sent, limit }) => sent >= limit)?.nextAt ?? Number.POSITIVE_INFINITY;
  }

  #next(matches: (transaction: Transaction<Context>) => boolean): Transaction<Context> | null {
    let next: Transaction<Context> | null = null;
    for (const transaction of this.#open.values())
      if (matches(transaction) && (next === null || transaction.nextAt < next.nextAt)) next = transaction;
    return next;
  }
}
