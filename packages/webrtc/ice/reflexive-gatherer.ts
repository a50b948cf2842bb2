import { randomBytes } from 'node:crypto';
import type { CoreOutput } from '@moonshare/sans-io';
import type { Endpoint } from '../address.ts';
import { BINDING, decodeStun, encodeStun } from '../stun/message.ts';
import { StunTransactions, type Transaction } from '../stun/transactions.ts';
import { candidatePriority, canReach, isLoopback, type LocalCandidate } from './candidate.ts';
import { CheckPace } from './check-pace.ts';
import { type Path, pathKey } from './path.ts';

export type ReflexiveEvent =
  | { type: 'send'; path: Path; datagram: Uint8Array }
  /** A base of ours is seen like this from outside. Also when that changed. */
  | { type: 'candidate'; candidate: LocalCandidate };

export interface ReflexiveGathererOptions {
  /** STUN servers, by address; the first four count. */
  servers: readonly Endpoint[];
  /** Of our socket, as datagrams to them arrive; the first eight count. */
  bases: readonly Endpoint[];
  random?(bytes: number): Uint8Array;
}

const MAX_SERVERS = 4;
const MAX_BASES = 8;
/** RFC 8489 §6.2.1. */
const TRANSMISSIONS = 7;
/** Shorter than NATs forget (RFC 8445 §11: 15 s and more). */
const REFRESH_MS = 15_000;

/** One way to ask. */
interface Question {
  path: Path;
  /** Infinity while it is being asked. */
  askAt: number;
}

/**
 * What address our socket has outside, by asking STUN servers from it (RFC 8445 §5.1.1.2), again and again, which also keeps the NAT from
 * forgetting it. Pure; times are monotonic ms.
 */
export class ReflexiveGatherer {
  /** For an `IceRouter`: the responses are for `receive`; nobody sends requests here. */
  readonly ufrags: readonly string[] = [];
  readonly transactionTag: number;
  readonly #questions: Question[];
  readonly #transactions: StunTransactions<Question>;
  readonly #pace = new CheckPace();
  /** The address outside by base and server, so that only what is new is reported. */
  readonly #known = new Map<string, string>();

  constructor({ servers, bases, random = randomBytes }: ReflexiveGathererOptions) {
    const tag = Buffer.from(random(4));
    this.transactionTag = tag.readUInt32BE(0);
    this.#transactions = new StunTransactions(tag, random);
    const outward = bases.filter(({ address }) => !isLoopback(address)).slice(0, MAX_BASES);
    this.#questions = servers
      .slice(0, MAX_SERVERS)
      .flatMap((remote) =>
        outward
          .filter((local) => canReach(local.address, remote.address))
          .map((local): Question => ({ path: { protocol: 'udp', local, remote }, askAt: Number.NEGATIVE_INFINITY })),
      );
  }

  /** Only what comes from a server and answers a question counts. */
  receive(datagram: Uint8Array, path: Path, now: number): CoreOutput<ReflexiveEvent> {
    const message = decodeStun(datagram);
    const transaction = message === null ? undefined : this.#transactions.get(message.transactionId);
    if (message === null || transaction === undefined || pathKey(transaction.context.path) !== pathKey(path))
      return this.advance(now);
    this.#transactions.end(transaction);
    transaction.context.askAt = now + REFRESH_MS;
    const { class: kind, mappedAddress } = message;
    const events = kind === 'success' && mappedAddress !== undefined ? this.#learned(path, mappedAddress) : [];
    const { events: later, wakeAt } = this.advance(now);
    return { events: [...events, ...later], wakeAt };
  }

  #learned(path: Path, { address, port }: Endpoint): ReflexiveEvent[] {
    const outside = `${address} ${port}`;
    const isNew = ![...this.#known].some(([key, known]) => known === outside && key.startsWith(baseKey(path)));
    this.#known.set(`${baseKey(path)}${path.remote.address} ${path.remote.port}`, outside);
    const isOurs = address === path.local.address && port === path.local.port;
    if (!isNew || isOurs || !canReach(path.local.address, address)) return [];
    const priority = candidatePriority('udp', 'srflx', address.includes(':') ? 8190 : 8191);
    return [
      { type: 'candidate', candidate: { protocol: 'udp', type: 'srflx', address, port, base: path.local, priority } },
    ];
  }

  /** The first call begins. */
  advance(now: number): CoreOutput<ReflexiveEvent> {
    for (const { context } of this.#transactions.takeExpired(now)) context.askAt = now + REFRESH_MS;
    const events: ReflexiveEvent[] = [];
    while (this.#pace.allows(now)) {
      const lost = this.#transactions.due(now);
      const question = this.#questions.find(({ askAt }) => askAt <= now);
      if (lost === null && question === undefined) break;
      this.#pace.sent(now);
      if (lost !== null) this.#transactions.retransmit(lost, now);
      const { context, datagram } = lost ?? this.#ask(question!, now);
      events.push({ type: 'send', path: context.path, datagram });
    }
    const askAt = Math.min(...this.#questions.map((question) => question.askAt), this.#transactions.retransmissionAt);
    return { events, wakeAt: Math.min(this.#transactions.expiryAt, Math.max(askAt, this.#pace.nextAt)) };
  }

  #ask(question: Question, now: number): Transaction<Question> {
    question.askAt = Number.POSITIVE_INFINITY;
    return this.#transactions.begin(
      (transactionId) => encodeStun({ class: 'request', method: BINDING, transactionId }),
      { context: question, limit: TRANSMISSIONS },
      now,
    );
  }
}

function baseKey({ local }: Path): string {
  return `${local.address} ${local.port} `;
}
