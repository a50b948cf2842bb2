import { cleanName, MAX_NAME_LENGTH, MoonshareError, type ParticipantKind, type Role } from '@moonshare/contract';

/** A viewer whose connection broke off may come back that long: as long as its ResumeToken is valid. */
const AWAY_MS = 3_000;
/** Agents of a streamer: enough for any task, and a limit for callers that invent names. */
const MAX_AGENTS = 16;

/** What a participant is at the moment. */
export type Presence =
  | { name: 'viewer'; peerId: string }
  /** Its connection broke off. */
  | { name: 'away'; peerId: string; until: number }
  | { name: 'agent'; until: number };

export interface RosterEntry {
  /** Stays the same when a viewer comes back. */
  readonly id: string;
  readonly kind: ParticipantKind;
  name: string;
  /** Somebody else chose the name. */
  readonly isNameGiven: boolean;
  role: Role;
  readonly joinedAt: Date;
  /** Which players its gamepads are. */
  gamepads: number[];
  presence: Presence;
}

/** A viewer that joins. */
export interface Newcomer {
  peerId: string;
  role: Role;
  /** The name that its link, its token or its login gives it. */
  given: string | null;
  /** What the person wants to be called. */
  said: string | null;
  /** The peer that it was before. */
  succeeds: string | null;
}

/** Who is at a streamer. Pure: times are monotonic ms. */
export class Roster {
  readonly #entries = new Map<string, RosterEntry>();
  readonly #agentMs: number;

  /** `agentMs`: how long an agent is there after its last call. */
  constructor({ agentMs }: { agentMs: number }) {
    this.#agentMs = agentMs;
  }

  all(): RosterEntry[] {
    return [...this.#entries.values()];
  }

  get(id: string): RosterEntry | null {
    return this.#entries.get(id) ?? null;
  }

  /** The participant that is or was this peer, or is this agent. */
  of(peerOrAgent: string): RosterEntry | null {
    const entry = this.#entries.get(peerOrAgent);
    if (entry?.presence.name === 'agent') return entry;
    return this.all().find(({ presence }) => presence.name !== 'agent' && presence.peerId === peerOrAgent) ?? null;
  }

  /** `isNew`: it was not there before, not even a moment ago. */
  join(newcomer: Newcomer, joinedAt: Date): { entry: RosterEntry; isNew: boolean } {
    const { peerId, role, given, succeeds } = newcomer;
    const before = succeeds === null ? null : this.of(succeeds);
    if (before !== null) {
      before.presence = { name: 'viewer', peerId };
      before.role = role;
      return { entry: before, isNew: false };
    }
    const entry: RosterEntry = {
      id: peerId,
      kind: 'person',
      name: this.#unique(given ?? newcomer.said ?? this.#guest()),
      isNameGiven: given !== null,
      role,
      joinedAt,
      gamepads: [],
      presence: { name: 'viewer', peerId },
    };
    this.#entries.set(entry.id, entry);
    return { entry, isNew: true };
  }

  /** `mayReturn`: it is away for the moment. Returns who has left for good. */
  leave(peerId: string, { mayReturn, now }: { mayReturn: boolean; now: number }): RosterEntry | null {
    const entry = this.of(peerId);
    if (entry === null || entry.presence.name === 'agent') return null;
    if (mayReturn) {
      entry.presence = { name: 'away', peerId, until: now + AWAY_MS };
      return null;
    }
    this.#entries.delete(entry.id);
    return entry;
  }

  /** An agent does something: it is there, from now on or still. Throws RATE_LIMITED. */
  visit(agent: { id: string; name: string }, joinedAt: Date, now: number): { entry: RosterEntry; isNew: boolean } {
    const presence: Presence = { name: 'agent', until: now + this.#agentMs };
    const known = this.#entries.get(agent.id);
    if (known !== undefined) {
      known.presence = presence;
      return { entry: known, isNew: false };
    }
    if (this.all().filter(({ kind }) => kind === 'agent').length >= MAX_AGENTS)
      throw new MoonshareError('RATE_LIMITED', {
        message: `${MAX_AGENTS} agents are at this streamer already`,
        hint: 'Use the same name in all calls of an agent.',
      });
    const { id } = agent;
    const entry: RosterEntry = {
      id,
      kind: 'agent',
      name: this.#unique(agent.name),
      isNameGiven: true,
      role: 'full',
      joinedAt,
      gamepads: [],
      presence,
    };
    this.#entries.set(id, entry);
    return { entry, isNew: true };
  }

  /** Whether it has another name now. */
  rename(id: string, wanted: string): boolean {
    const entry = this.#entries.get(id);
    const name = cleanName(wanted);
    if (entry === undefined || entry.isNameGiven || name === null || name === entry.name) return false;
    entry.name = this.#unique(name, id);
    return true;
  }

  /** Who has not come back, or has not called again. */
  advance(now: number): RosterEntry[] {
    const gone = this.all().filter(({ presence }) => presence.name !== 'viewer' && presence.until <= now);
    for (const { id } of gone) this.#entries.delete(id);
    return gone;
  }

  get wakeAt(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...this.all().map(({ presence }) => (presence.name === 'viewer' ? Number.POSITIVE_INFINITY : presence.until)),
    );
  }

  /** Two people of the same name can be told apart. */
  #unique(name: string, own?: string): string {
    const taken = new Set(this.all().flatMap((entry) => (entry.id === own ? [] : folded(entry.name))));
    if (!taken.has(folded(name))) return name;
    for (let number = 2; ; number += 1) {
      const suffix = ` (${number})`;
      const numbered = [...name].slice(0, MAX_NAME_LENGTH - suffix.length).join('') + suffix;
      if (!taken.has(folded(numbered))) return numbered;
    }
  }

  #guest(): string {
    const taken = new Set(this.all().map(({ name }) => name));
    for (let number = 1; ; number += 1) if (!taken.has(`Guest ${number}`)) return `Guest ${number}`;
  }
}

/** Names that look the same are the same. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
