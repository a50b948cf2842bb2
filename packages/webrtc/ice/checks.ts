import assert from 'node:assert/strict';
import { BINDING, encodeStun } from '../stun/message.ts';
import { StunTransactions } from '../stun/transactions.ts';
import { candidatePriority } from './candidate.ts';
import { CheckPace } from './check-pace.ts';
import type { Check, Pair, PairList, Purpose, Role } from './pair.ts';
import type { IceEvent } from './path.ts';

export interface IceCredentials {
  ufrag: string;
  password: string;
}

/** A request over UDP goes out at most so often: after 0, 0.5, 1.5, 3.5 and 7.5 s. */
const TRANSMISSIONS: Record<Purpose, number> = { check: 5, nomination: 5, consent: 4 };

export interface ChecksOptions {
  /** Ours. */
  ufrag: string;
  tieBreaker: bigint;
  pairs: PairList;
  random(bytes: number): Uint8Array;
  transactionTag: Uint8Array;
}

/** The requests of a session: what is asked next, and what is not answered yet. Pure; times are monotonic ms. */
export class Checks {
  readonly #options: ChecksOptions;
  readonly #transactions: StunTransactions<Check['context']>;
  readonly #pace = new CheckPace();
  /** To be checked before all others, since the peer is checking them (RFC 8445 §6.1.4.1). */
  readonly #triggered = new Set<Pair>();
  /** The peer's, without which nothing can be asked. */
  #remote: IceCredentials | null = null;
  #sent = 0;

  constructor(options: ChecksOptions) {
    this.#options = options;
    this.#transactions = new StunTransactions(options.transactionTag, options.random);
  }

  /** Datagrams. */
  get sent(): number {
    return this.#sent;
  }

  get isNominating(): boolean {
    return [...this.#transactions.open()].some(({ context }) => context.purpose === 'nomination');
  }

  setRemote(credentials: IceCredentials): void {
    this.#remote = credentials;
  }

  trigger(pair: Pair): void {
    this.#triggered.add(pair);
  }

  find(transactionId: Uint8Array): Check | undefined {
    return this.#transactions.get(transactionId);
  }

  end(check: Check): void {
    this.#transactions.end(check);
  }

  endAll(purpose: Purpose): void {
    this.#endThose(({ context }) => context.purpose === purpose);
  }

  forget(pair: Pair): void {
    this.#endThose(({ context }) => context.pair === pair);
    this.#triggered.delete(pair);
  }

  clear(): void {
    this.#endThose(() => true);
    this.#triggered.clear();
  }

  #endThose(matches: (check: Check) => boolean): void {
    for (const check of [...this.#transactions.open()]) if (matches(check)) this.#transactions.end(check);
  }

  /** Those that were asked often enough, and not answered. */
  takeExpired(now: number): Check[] {
    return this.#transactions.takeExpired(now);
  }

  /** What the peer has triggered, what was lost, then the best of the rest. */
  sendDue(role: Role, nextWaiting: () => Pair | null, now: number): IceEvent[] {
    if (this.#remote === null) return [];
    const events: IceEvent[] = [];
    for (const pair of this.#triggered) {
      if (!this.#pace.allowsTriggered(now)) return events;
      this.#triggered.delete(pair);
      // TCP loses nothing.
      const isUnderWay = pair.state.type === 'checking' && pair.path.protocol === 'tcp';
      if (!this.#options.pairs.has(pair) || pair.state.type === 'valid' || isUnderWay) continue;
      this.#pace.sent(now);
      events.push(
        pair.state.type === 'checking' ? this.#repeat(pair.state.check, now) : this.begin(pair, 'check', role, now),
      );
    }
    while (this.#pace.allows(now)) {
      const lost = this.#transactions.due(now);
      const pair = lost === null ? nextWaiting() : null;
      if (lost === null && pair === null) break;
      this.#pace.sent(now);
      events.push(lost !== null ? this.#retransmit(lost, now) : this.begin(pair!, 'check', role, now));
    }
    return events;
  }

  /** At once: nominations and consent are few. */
  begin(pair: Pair, purpose: Purpose, role: Role, now: number): IceEvent {
    assert.ok(this.#remote !== null);
    const { ufrag, password } = this.#remote;
    const { path } = pair;
    const message = {
      class: 'request',
      method: BINDING,
      username: `${ufrag}:${this.#options.ufrag}`,
      priority: candidatePriority(path.protocol, 'prflx', 8191),
      role: { type: role, tieBreaker: this.#options.tieBreaker },
      ...(purpose === 'nomination' ? { useCandidate: true } : {}),
    } as const;
    const check = this.#transactions.begin(
      (transactionId) => encodeStun({ ...message, transactionId }, password),
      {
        context: { pair, purpose, role },
        limit: path.protocol === 'tcp' ? 1 : TRANSMISSIONS[purpose],
        firstMs: CheckPace.INTERVAL_MS * this.#transactions.count,
      },
      now,
    );
    if (purpose === 'check') pair.state = { type: 'checking', check };
    return this.#send(check);
  }

  /** `isSearching`: there is a pair that waits. */
  wakeAt(isSearching: boolean): number {
    const { nextAt, nextTriggeredAt } = this.#pace;
    return Math.min(
      this.#transactions.expiryAt,
      Math.max(this.#transactions.retransmissionAt, nextAt),
      this.#remote !== null && this.#triggered.size > 0 ? nextTriggeredAt : Number.POSITIVE_INFINITY,
      isSearching ? nextAt : Number.POSITIVE_INFINITY,
    );
  }

  #retransmit(check: Check, now: number): IceEvent {
    this.#transactions.retransmit(check, now);
    return this.#send(check);
  }

  #repeat(check: Check, now: number): IceEvent {
    this.#transactions.repeat(check, now);
    return this.#send(check);
  }

  #send({ context: { pair }, datagram }: Check): IceEvent {
    this.#sent++;
    return { type: 'send', path: pair.path, datagram };
  }
}
