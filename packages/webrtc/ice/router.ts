import assert from 'node:assert/strict';
import { decodeStun, isStun, type StunMessage } from '../stun/message.ts';
import { type Path, pathKey } from './path.ts';

/** What an `IceAgent` and a `ReflexiveGatherer` have in common for a router. */
export interface StunParty {
  readonly ufrags: readonly string[];
  /** The first four bytes of the transaction IDs of all its requests, a u32. */
  readonly transactionTag: number;
}

/** One peer has one or two, and more for a moment. */
const MAX_PATHS_OF_ONE = 16;

interface Membership {
  ufrags: readonly string[];
  /** Oldest first. */
  paths: Set<string>;
}

/**
 * Whose a datagram is that arrived on a port which all peers share: a request by its user name, a response by its transaction, all else
 * by its path, which ICE has validated. What a stranger sends costs a look-up or two.
 */
export class IceRouter<Party extends StunParty> {
  readonly #members = new Map<Party, Membership>();
  readonly #byUfrag = new Map<string, Party>();
  readonly #byTag = new Map<number, Party>();
  readonly #byPath = new Map<string, Party>();

  add(party: Party): void {
    assert.ok(!this.#members.has(party));
    this.#members.set(party, { ufrags: [], paths: new Set() });
    this.#byTag.set(party.transactionTag, party);
    this.update(party);
  }

  /** After a restart, and when something was selected since: its ufrags changed. */
  update(party: Party): void {
    const member = this.#members.get(party);
    if (member === undefined) return;
    for (const ufrag of member.ufrags) this.#forget(this.#byUfrag, ufrag, party);
    member.ufrags = [...party.ufrags];
    for (const ufrag of member.ufrags) this.#byUfrag.set(ufrag, party);
  }

  remove(party: Party): void {
    const member = this.#members.get(party);
    if (member === undefined) return;
    this.#members.delete(party);
    this.#forget(this.#byTag, party.transactionTag, party);
    for (const ufrag of member.ufrags) this.#forget(this.#byUfrag, ufrag, party);
    for (const key of member.paths) this.#forget(this.#byPath, key, party);
  }

  /** The event of that name. A path may have been another's before: addresses behind NATs are used again. */
  validated(party: Party, path: Path): void {
    const member = this.#members.get(party);
    if (member === undefined) return;
    const key = pathKey(path);
    member.paths.delete(key);
    member.paths.add(key);
    this.#byPath.set(key, party);
    if (member.paths.size <= MAX_PATHS_OF_ONE) return;
    const [oldest] = member.paths;
    member.paths.delete(oldest!);
    this.#forget(this.#byPath, oldest!, party);
  }

  /** A TCP connection ended. */
  pathClosed(path: Path): void {
    const key = pathKey(path);
    const party = this.#byPath.get(key);
    if (party === undefined) return;
    this.#byPath.delete(key);
    this.#members.get(party)?.paths.delete(key);
  }

  /** Null: nobody's. STUN is for `receive`; anything else is of a peer that has been validated there. */
  route(datagram: Uint8Array, path: Path): Party | null {
    if (!isStun(datagram)) return this.#byPath.get(pathKey(path)) ?? null;
    const message = decodeStun(datagram);
    if (message === null) return null;
    if (message.class === 'indication') return this.#byPath.get(pathKey(path)) ?? null;
    if (message.class === 'request') return this.#addressee(message);
    return this.#byTag.get(Buffer.from(message.transactionId).readUInt32BE(0)) ?? null;
  }

  /** Null unless it is a request to one of them, with which a TCP connection must begin. */
  routeRequest(datagram: Uint8Array): Party | null {
    const message = decodeStun(datagram);
    return message?.class === 'request' ? this.#addressee(message) : null;
  }

  #addressee({ username }: StunMessage): Party | null {
    return this.#byUfrag.get(username?.split(':', 1)[0] ?? '') ?? null;
  }

  #forget<Key>(map: Map<Key, Party>, key: Key, party: Party): void {
    if (map.get(key) === party) map.delete(key);
  }
}
