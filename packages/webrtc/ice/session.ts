import assert from 'node:assert/strict';
import type { CoreOutput } from '@moonshare/sans-io';
import { BINDING, encodeStun, type ReceivedStunMessage, type StunMessage } from '../stun/message.ts';
import { candidatePriority, canReach, type LocalCandidate, parseCandidate, type RemoteCandidate } from './candidate.ts';
import { Checks, type IceCredentials } from './checks.ts';
import { Consent } from './consent.ts';
import { type Check, type Pair, PairList, pairPriority, type Role } from './pair.ts';
import { type IceEvent, type Path, pathKey } from './path.ts';

export interface RemoteIceCredentials extends IceCredentials {
  /** It only answers, and leaves control to us. */
  lite?: boolean;
}

export interface IceSessionOptions {
  local: IceCredentials;
  localCandidates: readonly LocalCandidate[];
  role: Role;
  /** Whether we may send to an address on the peer's word. Where its own packets come from needs no word. */
  allows(address: string): boolean;
  random(bytes: number): Uint8Array;
  /** The first bytes of all transaction IDs. */
  transactionTag: Uint8Array;
}

/** Nobody can make us send to more addresses than that. */
const MAX_REMOTE_CANDIDATES = 20;
/** Nothing was found by then. */
const GIVE_UP_MS = 20_000;
/** In control: how long a better pair may still turn up after the first that works. */
const NOMINATION_DELAY_MS = 250;
const ROLE_CONFLICT = 487;
const UNKNOWN_ATTRIBUTE = 420;

type SessionState =
  | { type: 'checking' }
  | { type: 'connected'; pair: Pair; consent: Consent }
  /** Answers nothing any more. */
  | { type: 'failed' };

/** What the peer has told us about itself. */
type RemoteState =
  | { type: 'unknown'; candidates: RemoteCandidate[] }
  | { type: 'known'; credentials: RemoteIceCredentials; candidates: RemoteCandidate[]; since: number };

export interface IceSessionStats {
  state: SessionState['type'];
  role: Role;
  pairs: number;
  /** Of the last consent check; null before the first. */
  rttMs: number | null;
  checksSent: number;
  checksAnswered: number;
  requestsReceived: number;
  /** By someone without the password, to another user, or without sense. */
  rejected: number;
}

/** From one exchange of credentials to the next, an ICE restart (RFC 8445). Pure; times are monotonic ms. */
export class IceSession {
  readonly #options: IceSessionOptions;
  readonly #pairs = new PairList();
  readonly #checks: Checks;
  readonly #tieBreaker: bigint;
  #role: Role;
  #state: SessionState = { type: 'checking' };
  #remote: RemoteState = { type: 'unknown', candidates: [] };
  /** In control: since when there has been a pair that works, and is not selected. */
  #validSince: number | null = null;
  readonly #counts = { checksAnswered: 0, requestsReceived: 0, rejected: 0 };
  #rttMs: number | null = null;

  constructor(options: IceSessionOptions) {
    this.#options = options;
    this.#role = options.role;
    this.#tieBreaker = Buffer.from(options.random(8)).readBigUInt64BE(0);
    this.#checks = new Checks({
      ...options,
      ufrag: options.local.ufrag,
      tieBreaker: this.#tieBreaker,
      pairs: this.#pairs,
    });
  }

  get ufrag(): string {
    return this.#options.local.ufrag;
  }

  get role(): Role {
    return this.#role;
  }

  get isConnected(): boolean {
    return this.#state.type === 'connected';
  }

  get hasFailed(): boolean {
    return this.#state.type === 'failed';
  }

  get selected(): Path | null {
    return this.#state.type === 'connected' ? this.#state.pair.path : null;
  }

  stats(): IceSessionStats {
    const { type: state } = this.#state;
    return {
      state,
      role: this.#role,
      pairs: this.#pairs.size,
      rttMs: this.#rttMs,
      checksSent: this.#checks.sent,
      ...this.#counts,
    };
  }

  /** Only the first counts. Requests that came before are answered already; now we check where they came from. */
  setRemote(credentials: RemoteIceCredentials, now: number): CoreOutput<IceEvent> {
    if (this.#remote.type === 'unknown') {
      const { candidates } = this.#remote;
      this.#remote = { type: 'known', credentials, candidates: [], since: now };
      this.#checks.setRemote(credentials);
      if (credentials.lite === true) this.#takeRole('controlling');
      for (const candidate of candidates) this.#addCandidate(candidate);
    }
    return this.advance(now);
  }

  get hasRemote(): boolean {
    return this.#remote.type === 'known';
  }

  addRemoteCandidate(line: string, now: number): CoreOutput<IceEvent> {
    const candidate = parseCandidate(line);
    if (candidate !== null && this.#options.allows(candidate.address)) this.#addCandidate(candidate);
    return this.advance(now);
  }

  #addCandidate(candidate: RemoteCandidate): void {
    const { candidates } = this.#remote;
    const isKnown = candidates.some(({ address, port }) => address === candidate.address && port === candidate.port);
    if (isKnown || candidates.length >= MAX_REMOTE_CANDIDATES || this.#state.type === 'failed') return;
    if (this.#remote.type === 'known') {
      if (candidate.ufrag !== null && candidate.ufrag !== this.#remote.credentials.ufrag) return;
      this.#pairUp(candidate);
    }
    candidates.push(candidate);
  }

  /** Several candidates of ours with one base make one pair (RFC 8445 §6.1.2.4). */
  #pairUp({ address, port, priority: remote }: RemoteCandidate): void {
    for (const { protocol, base } of this.#options.localCandidates) {
      if (protocol !== 'udp' || !canReach(base.address, address)) continue;
      const path: Path = { protocol, local: base, remote: { address, port } };
      const pair = this.#pairs.add(path, { local: this.#localPriority(path), remote }, this.#selectedPair);
      if (pair !== null) pair.remotePriority = Math.max(pair.remotePriority, remote);
    }
  }

  /** Of the best candidate whose base it is. */
  #localPriority({ protocol, local }: Path): number {
    const own = this.#options.localCandidates.filter(
      ({ protocol: by, base }) => by === protocol && base.address === local.address && base.port === local.port,
    );
    return Math.max(candidatePriority(protocol, 'prflx', 0), ...own.map(({ priority }) => priority));
  }

  /** `message` is a request to our ufrag. */
  receiveRequest(message: ReceivedStunMessage, path: Path, now: number): CoreOutput<IceEvent> {
    const [local, remote] = (message.username ?? '').split(':');
    const isForUs = local === this.ufrag && message.isBy(this.#options.local.password);
    const isByPeer = this.#remote.type === 'unknown' || remote === this.#remote.credentials.ufrag;
    if (!isForUs || !isByPeer || message.method !== BINDING || this.#state.type === 'failed') {
      this.#counts.rejected++;
      return this.advance(now);
    }
    this.#counts.requestsReceived++;
    if (message.notUnderstood.length > 0) {
      const unknownAttributes = message.notUnderstood;
      return this.#output(now, [], this.#response(message, path, { errorCode: UNKNOWN_ATTRIBUTE, unknownAttributes }));
    }
    if (message.role?.type === this.#role) {
      if (this.#keepsRole(message.role.tieBreaker)) {
        return this.#output(now, [], this.#response(message, path, { errorCode: ROLE_CONFLICT }));
      }
      this.#takeRole(this.#role === 'controlled' ? 'controlling' : 'controlled');
    }
    const events = this.#checked(message, path, now);
    // Behind our own check, so that the peer has answered it before it hears that its own got through, and sends more.
    return this.#output(now, events, this.#response(message, path, { mappedAddress: path.remote }));
  }

  /** RFC 8445 §7.3.1.1: the larger tie-breaker is in control. */
  #keepsRole(theirs: bigint): boolean {
    return this.#role === 'controlling' ? this.#tieBreaker >= theirs : this.#tieBreaker < theirs;
  }

  #takeRole(role: Role): void {
    if (role === this.#role) return;
    this.#role = role;
    this.#validSince = null;
    for (const pair of this.#pairs.all()) pair.nominations = 0;
    this.#checks.endAll('nomination');
  }

  /** The peer checks this path: so do we (RFC 8445 §7.3.1.4), and it may want us to use it. */
  #checked(message: ReceivedStunMessage, path: Path, now: number): IceEvent[] {
    const remote = message.priority ?? 0;
    const pair = this.#pairs.add(path, { local: this.#localPriority(path), remote }, this.#selectedPair);
    if (pair === null) return [];
    if (pair.state.type !== 'valid') this.#checks.trigger(pair);
    if (this.#role === 'controlling' || message.useCandidate !== true) return [];
    const transaction = Buffer.from(message.transactionId).toString('hex');
    // The same request again says nothing new.
    if (pair.nominatedIn !== transaction) pair.nominations++;
    pair.nominatedIn = transaction;
    return this.#considerNominated(pair, now);
  }

  /**
   * In control, peers nominate as they like: once, with every check, or another pair later without a restart. So a pair that is nominated
   * beside the selected one wins if it is better, or if the peer seems to have left the other.
   */
  #considerNominated(pair: Pair, now: number): IceEvent[] {
    if (pair.state.type !== 'valid' || pair.nominations === 0) return [];
    if (this.#state.type !== 'connected') return this.#select(pair, now);
    const { pair: selected, consent } = this.#state;
    if (pair === selected) {
      for (const other of this.#pairs.all()) other.nominations = 0;
      return [];
    }
    const isBetter = pairPriority(pair, this.#role) > pairPriority(selected, this.#role);
    if (!isBetter && consent.isAnswered && pair.nominations < 2) return [];
    return this.#select(pair, now);
  }

  #select(pair: Pair, now: number): IceEvent[] {
    assert.equal(pair.state.type, 'valid');
    assert.ok(this.#pairs.has(pair));
    this.#state = { type: 'connected', pair, consent: new Consent(this.#options.random, now) };
    this.#validSince = null;
    for (const other of this.#pairs.all()) other.nominations = 0;
    return [{ type: 'selected', path: pair.path }];
  }

  get #selectedPair(): Pair | null {
    return this.#state.type === 'connected' ? this.#state.pair : null;
  }

  #response({ transactionId, method }: StunMessage, path: Path, fields: Partial<StunMessage>): IceEvent {
    const kind = fields.errorCode === undefined ? 'success' : 'error';
    const message: StunMessage = { class: kind, method, transactionId, ...fields };
    return { type: 'send', path, datagram: encodeStun(message, this.#options.local.password) };
  }

  /** Null: it answers nothing that this session has asked. */
  receiveResponse(message: ReceivedStunMessage, path: Path, now: number): CoreOutput<IceEvent> | null {
    const check = this.#checks.find(message.transactionId);
    if (check === undefined || this.#remote.type === 'unknown') return null;
    const { pair, role } = check.context;
    // From elsewhere: the way back differs (RFC 8445 §7.2.5.2.1), which is no path. By another: whoever saw the request can forge it.
    if (pathKey(path) !== pair.key || !message.isBy(this.#remote.credentials.password)) {
      this.#counts.rejected++;
      return this.advance(now);
    }
    this.#checks.end(check);
    if (message.class === 'success') return this.#output(now, this.#answered(check, now));
    if (message.errorCode === ROLE_CONFLICT) {
      if (role === this.#role) this.#takeRole(role === 'controlled' ? 'controlling' : 'controlled');
      if (pair.state.type === 'checking') pair.state = { type: 'waiting' };
      if (pair.state.type !== 'valid') this.#checks.trigger(pair);
    } else this.#unanswered(check);
    return this.advance(now);
  }

  #answered(check: Check, now: number): IceEvent[] {
    const { pair, purpose } = check.context;
    this.#counts.checksAnswered++;
    if (!this.#pairs.has(pair)) return [];
    const events: IceEvent[] = [];
    if (pair.state.type !== 'valid') {
      pair.state = { type: 'valid' };
      if (pair !== this.#selectedPair) this.#validSince ??= now;
      events.push({ type: 'validated', path: pair.path });
    }
    if (purpose === 'nomination' && this.#role === 'controlling') events.push(...this.#select(pair, now));
    if (this.#role === 'controlled') events.push(...this.#considerNominated(pair, now));
    if (this.#state.type === 'connected' && pair === this.#state.pair) {
      if (check.sent === 1) this.#rttMs = now - check.startedAt;
      this.#checks.endAll('consent');
      if (this.#state.consent.answered(now)) events.push({ type: 'selected', path: pair.path });
    }
    return events;
  }

  #unanswered({ context: { pair, purpose } }: Check): void {
    if (purpose !== 'consent' && pair !== this.#selectedPair) pair.state = { type: 'failed' };
  }

  /** A TCP connection ended: nothing can be sent there. */
  pathClosed(connection: number, now: number): CoreOutput<IceEvent> {
    const events: IceEvent[] = [];
    for (const pair of [...this.#pairs.all()]) {
      if (pair.path.connection !== connection) continue;
      this.#checks.forget(pair);
      // The selected one stays until another is.
      pair.state = { type: 'failed' };
      if (pair !== this.#selectedPair) this.#pairs.delete(pair);
      else if (this.#state.type === 'connected' && this.#state.consent.disconnect())
        events.push(...this.#disconnected());
    }
    return this.#output(now, events);
  }

  /** In control, look for another pair; otherwise the peer does. */
  #disconnected(): IceEvent[] {
    this.#validSince = null;
    for (const pair of this.#pairs.all()) {
      if (this.#role === 'controlling' && pair.state.type !== 'checking' && pair !== this.#selectedPair)
        pair.state = { type: 'waiting' };
    }
    return [{ type: 'disconnected' }];
  }

  advance(now: number): CoreOutput<IceEvent> {
    return this.#output(now, []);
  }

  /** `before`, whatever is due now, `last`. */
  #output(now: number, before: readonly IceEvent[], last?: IceEvent): CoreOutput<IceEvent> {
    const events = [...before, ...this.#due(now)];
    if (last !== undefined) events.push(last);
    const wakeAt = this.#wakeAt();
    assert.ok(wakeAt > now, `due at ${wakeAt}, now is ${now}`);
    return { events, wakeAt };
  }

  #due(now: number): IceEvent[] {
    if (this.#state.type === 'failed') return [];
    const events = this.#watchConsent(now);
    for (const check of this.#checks.takeExpired(now)) this.#unanswered(check);
    if (this.#hasGivenUp(now)) events.push(...this.#fail());
    this.#nominate(now, events);
    events.push(...this.#checks.sendDue(this.#role, () => this.#nextWaiting(), now));
    return events;
  }

  #watchConsent(now: number): IceEvent[] {
    const events: IceEvent[] = [];
    while (this.#state.type === 'connected') {
      const { consent, pair } = this.#state;
      const step = consent.advance(now);
      if (step === null) break;
      if (step === 'expired') events.push(...this.#fail());
      else if (step === 'disconnected') events.push(...this.#disconnected());
      else if (pair.state.type === 'valid') events.push(this.#checks.begin(pair, 'consent', this.#role, now));
    }
    return events;
  }

  #hasGivenUp(now: number): boolean {
    return this.#state.type === 'checking' && now >= this.#giveUpAt;
  }

  get #giveUpAt(): number {
    return this.#remote.type === 'known' ? this.#remote.since + GIVE_UP_MS : Number.POSITIVE_INFINITY;
  }

  #fail(): IceEvent[] {
    this.#state = { type: 'failed' };
    this.#checks.clear();
    for (const pair of [...this.#pairs.all()]) this.#pairs.delete(pair);
    return [{ type: 'failed' }];
  }

  /** Looks for a path by itself, beside answering the peer. */
  get #isSearching(): boolean {
    if (this.#remote.type === 'unknown') return false;
    if (this.#state.type === 'connected') return this.#role === 'controlling' && this.#state.consent.isDisconnected;
    return this.#state.type === 'checking';
  }

  /** Regular nomination (RFC 8445 §8.1.1): the best that works, once a better one is unlikely. */
  #nominate(now: number, events: IceEvent[]): void {
    const candidate = this.#nominee();
    if (candidate === null || now < candidate.at) return;
    this.#validSince = null;
    events.push(this.#checks.begin(candidate.pair, 'nomination', this.#role, now));
  }

  #nominee(): { pair: Pair; at: number } | null {
    if (this.#role !== 'controlling' || !this.#isSearching) return null;
    if (this.#checks.isNominating) return null;
    const selected = this.#selectedPair;
    const pair = this.#pairs.best(this.#role, (each) => each.state.type === 'valid' && each !== selected);
    if (pair === null) return null;
    const priority = pairPriority(pair, this.#role);
    const mayBeat = this.#pairs.best(this.#role, ({ state }) => state.type === 'waiting' || state.type === 'checking');
    const isBest = mayBeat === null || pairPriority(mayBeat, this.#role) < priority;
    // Without a time, a nomination before this one was not answered.
    const at = isBest || this.#validSince === null ? Number.NEGATIVE_INFINITY : this.#validSince + NOMINATION_DELAY_MS;
    return { pair, at };
  }

  #nextWaiting(): Pair | null {
    if (!this.#isSearching) return null;
    return this.#pairs.best(this.#role, ({ state }) => state.type === 'waiting');
  }

  #wakeAt(): number {
    const times: number[] = [];
    if (this.#state.type === 'failed') return Number.POSITIVE_INFINITY;
    if (this.#state.type === 'connected') times.push(this.#state.consent.wakeAt);
    else times.push(this.#giveUpAt);
    times.push(this.#checks.wakeAt(this.#nextWaiting() !== null), this.#nominee()?.at ?? Number.POSITIVE_INFINITY);
    return Math.min(...times);
  }
}
