import { randomBytes } from 'node:crypto';
import type { CoreOutput } from '@moonshare/sans-io';
import { decodeStun } from '../stun/message.ts';
import type { LocalCandidate } from './candidate.ts';
import type { IceCredentials } from './checks.ts';
import type { Role } from './pair.ts';
import type { IceEvent, Path } from './path.ts';
import { IceSession, type IceSessionStats, type RemoteIceCredentials } from './session.ts';

export interface IceAgentOptions {
  local: IceCredentials;
  localCandidates: readonly LocalCandidate[];
  /** `controlling` if we offered (RFC 8445 §6.1.1). */
  role: Role;
  /**
   * Whether we may send to an address on the peer's word. Where its own packets come from we always send, one check for each of its own: it
   * has our password, gets an answer anyway, and may be in a network that only it knows.
   */
  allows(address: string): boolean;
  random?(bytes: number): Uint8Array;
}

export interface IceStats extends IceSessionStats {
  selected: Path | null;
  /** Not STUN, or not for us. */
  malformed: number;
}

/**
 * ICE with one peer, for one component (RFC 8445, RFC 8838): the full agent, in either role. Pure; times are monotonic ms.
 * What it holds is bounded whatever arrives: pairs, candidates, requests that are not answered.
 */
export class IceAgent {
  /** The first bytes of the transaction IDs of all its requests: how a router tells whose a response is. */
  readonly transactionTag: number;
  readonly #options: IceAgentOptions;
  readonly #random: (bytes: number) => Uint8Array;
  #current: IceSession;
  /** The one before a restart, while it still carries what is sent. */
  #previous: IceSession | null = null;
  #malformed = 0;

  constructor(options: IceAgentOptions) {
    this.#options = options;
    this.#random = options.random ?? randomBytes;
    this.transactionTag = Buffer.from(this.#random(4)).readUInt32BE(0);
    this.#current = this.#session(options.local, options.role);
  }

  /** What the user names of requests to us begin with: two during a restart. */
  get ufrags(): string[] {
    return [this.#current, ...(this.#previous === null ? [] : [this.#previous])].map(({ ufrag }) => ufrag);
  }

  get role(): Role {
    return this.#current.role;
  }

  /** Where everything is to be sent now. */
  get selected(): Path | null {
    return this.#current.selected ?? this.#previous?.selected ?? null;
  }

  stats(): IceStats {
    return { ...this.#current.stats(), selected: this.selected, malformed: this.#malformed };
  }

  /** The peer's description. May come after its first checks; those have been answered. The same once more changes nothing. */
  setRemote(credentials: RemoteIceCredentials, now: number): CoreOutput<IceEvent> {
    return this.#run(now, (session) => (session === this.#current ? session.setRemote(credentials, now) : null));
  }

  /** A line `candidate:...`. May come before the description. What cannot be used is ignored. */
  addRemoteCandidate(line: string, now: number): CoreOutput<IceEvent> {
    return this.#run(now, (session) => (session === this.#current ? session.addRemoteCandidate(line, now) : null));
  }

  /** STUN only. */
  receive(datagram: Uint8Array, path: Path, now: number): CoreOutput<IceEvent> {
    const message = decodeStun(datagram);
    if (message === null) {
      this.#malformed++;
      return this.advance(now);
    }
    if (message.class === 'indication') return this.advance(now);
    if (message.class === 'request') {
      const ufrag = message.username?.split(':')[0];
      const session = this.#sessions().find((each) => each.ufrag === ufrag);
      if (session === undefined) this.#malformed++;
      return this.#run(now, (each) => (each === session ? each.receiveRequest(message, path, now) : null));
    }
    return this.#run(now, (session) => session.receiveResponse(message, path, now));
  }

  /** A TCP connection ended. */
  pathClosed(connection: number, now: number): CoreOutput<IceEvent> {
    return this.#run(now, (session) => session.pathClosed(connection, now));
  }

  /** New credentials of ours, or the peer's new ones to come (RFC 8445 §9). What was selected stays so until something else is. */
  restart(local: IceCredentials, now: number): CoreOutput<IceEvent> {
    if (this.#current.isConnected) this.#previous = this.#current;
    this.#current = this.#session(local, this.#current.role);
    return this.advance(now);
  }

  advance(now: number): CoreOutput<IceEvent> {
    return this.#run(now, () => null);
  }

  #session(local: IceCredentials, role: Role): IceSession {
    const transactionTag = Buffer.alloc(4);
    transactionTag.writeUInt32BE(this.transactionTag);
    const { localCandidates, allows } = this.#options;
    return new IceSession({ local, localCandidates, role, allows, random: this.#random, transactionTag });
  }

  #sessions(): IceSession[] {
    return this.#previous === null ? [this.#current] : [this.#current, this.#previous];
  }

  /** `call` returns null where it has nothing to say to a session. */
  #run(now: number, call: (session: IceSession) => CoreOutput<IceEvent> | null): CoreOutput<IceEvent> {
    const current = call(this.#current) ?? this.#current.advance(now);
    const events = current.events.flatMap((event) => this.#ofCurrent(event));
    if (this.#current.isConnected || this.#previous === null) {
      this.#previous = null;
      return { events, wakeAt: current.wakeAt };
    }
    const previous = call(this.#previous) ?? this.#previous.advance(now);
    events.push(...previous.events.map((event) => this.#ofPrevious(event)));
    if (this.#previous.hasFailed) this.#previous = null;
    return { events, wakeAt: Math.min(current.wakeAt, previous.wakeAt) };
  }

  /** A restart that fails is no end while the path from before works. */
  #ofCurrent(event: IceEvent): IceEvent[] {
    return event.type === 'failed' && this.#previous?.isConnected === true ? [] : [event];
  }

  /** The end of the path from before is none while a restart may succeed; but nothing may be sent until then. */
  #ofPrevious(event: IceEvent): IceEvent {
    const isPending = this.#current.hasRemote && !this.#current.hasFailed;
    return event.type === 'failed' && isPending ? { type: 'disconnected' } : event;
  }
}
