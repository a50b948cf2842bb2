import {
  type ChangeControl,
  type ControlActionName,
  type ControlSignal,
  type ControlState as ControlStateInfo,
  type FromStreamer,
  MoonshareError,
  type NewServerEvent,
  type ParticipantDetail,
  type ParticipantInfo,
  type ParticipantReference,
  type Role,
  type ServerSignal,
  type ToStreamer,
} from '@moonshare/contract';
import { type CoreOutput, WakeTimer } from '@moonshare/sans-io';
import type { Actor } from '../auth/actor.ts';
import { type ControlEvent, type ControlRules, ControlState, type Request } from './control-state.ts';
import { Roster, type RosterEntry } from './roster.ts';

/** Browsers are told who is there at most this often: all of them of all, so less often if they are many. */
const ROSTER_INTERVAL_MS = { least: 250, perParticipant: 16 };

/** Whose names are kept after they have left: what they sent last is reported after that. */
const MAX_LEFT = 64;

/** How often an agent that waits counts as calling. */
const PRESENCE_MS = 5_000;

/** A browser, as far as this needs it. */
export interface ParticipantPeer {
  readonly id: string;
  readonly role: Role;
  readonly names: { given: string | null; said: string | null };
  /** May give the controls to anyone, and take them at once. */
  readonly manages: boolean;
  /** It knows the messages about participants and controls. */
  readonly knowsControl: boolean;
  send(message: ServerSignal): void;
}

/** Why an agent may not act now. */
export interface Taken {
  holder: ParticipantReference | null;
  since: string | null;
}

/** Whether an agent may act. `lost` is aborted when the controls leave it; its reason is a CONTROL_TAKEN. */
export type Entry = { isIn: true; lost: AbortSignal } | ({ isIn: false } & Taken);

export interface ParticipantsOptions {
  streamerId: string;
  rules: ControlRules;
  /** How long an agent is there after its last call. */
  agentMs: number;
  /** `by`: on whose account, where the event does not say it. */
  happened: (event: NewServerEvent, by?: Actor) => void;
  /** What a participant has sent to the host since the last report, by kind. */
  sent?: (participant: ParticipantReference, counts: Readonly<Record<string, number>>) => void;
}

type Held = Extract<FromStreamer, { type: 'held' }>['held'];

/** Who is at a streamer, and who of them has the controls. Outlives the process of the streamer, which enforces it. */
export class Participants {
  readonly #options: ParticipantsOptions;
  readonly #roster: Roster;
  readonly #control: ControlState;
  readonly #peers = new Map<string, ParticipantPeer>();
  readonly #timer = new WakeTimer<ControlEvent>(
    (now) => this.#advance(now),
    (event) => this.#onControl(event),
  );
  /** Of agents that have the controls, and were told so. */
  readonly #tenures = new Map<string, AbortController>();
  /** Agents that wait for the controls. */
  readonly #waiting = new Map<string, Set<(error: MoonshareError | null) => void>>();
  #deliver: ((message: ToStreamer) => void) | null = null;
  #rosterTimer: NodeJS.Timeout | null = null;
  /** Has just left the roster: what happens with it has a name. */
  #leaving: RosterEntry | null = null;
  /** By peer or agent. */
  readonly #left = new Map<string, ParticipantReference>();

  constructor(options: ParticipantsOptions) {
    this.#options = options;
    this.#roster = new Roster(options);
    this.#control = new ControlState(options.rules);
  }

  /** The process that enforces it from now on. Call it before input can reach it. */
  attach(deliver: (message: ToStreamer) => void): void {
    this.#deliver = deliver;
    this.#enforce();
  }

  detach(): void {
    this.#deliver = null;
    for (const entry of this.#roster.all()) entry.gamepads = [];
    this.#rosterChanged();
  }

  /** A viewer is there; `succeeds`: the peer that it was before. Its participant, whose name may change. */
  join(peer: ParticipantPeer, succeeds: string | null): RosterEntry {
    const { id: peerId, role, names, manages } = peer;
    this.#peers.set(peerId, peer);
    const { entry, isNew } = this.#roster.join({ peerId, role, ...names, succeeds }, new Date());
    this.#control.join({ id: entry.id, kind: entry.kind, role, manages });
    this.#run(this.#control.setRole(entry.id, role, performance.now()));
    if (isNew) this.#report('participant.joined', entry);
    // The process knows it by another ID from now on.
    else if (this.#control.holder?.id === entry.id) this.#enforce();
    this.#rosterChanged();
    this.#sendControl(peer);
    return entry;
  }

  /** A viewer is gone; `mayReturn`: it keeps the controls for the moment. */
  leave(peerId: string, { mayReturn }: { mayReturn: boolean }): void {
    this.#peers.delete(peerId);
    const now = performance.now();
    const gone = this.#roster.leave(peerId, { mayReturn, now });
    if (gone !== null) this.#onGone(gone, now);
    this.#run(this.#advance(now));
    this.#rosterChanged();
  }

  setRole(peerId: string, role: Role): void {
    const entry = this.#roster.of(peerId);
    if (entry === null || entry.role === role) return;
    entry.role = role;
    this.#run(this.#control.setRole(entry.id, role, performance.now()));
    this.#changed(entry);
  }

  /** The person wants to be called so. */
  rename(peerId: string, name: string): void {
    const entry = this.#roster.of(peerId);
    if (entry === null || !this.#roster.rename(entry.id, name)) return;
    this.#changed(entry);
    this.#announceControl();
  }

  /** An agent does something; `by`: on whose account. Throws RATE_LIMITED. */
  visit(agent: { id: string; name: string; by?: Actor }): void {
    const { entry, isNew } = this.#roster.visit(agent, new Date(), performance.now());
    if (isNew) {
      this.#control.join({ id: entry.id, kind: 'agent', role: 'full', manages: false });
      this.#report('participant.joined', entry, agent.by);
      this.#rosterChanged();
    }
    this.#run(this.#control.active(entry.id, performance.now()));
  }

  /** Whether an agent that is there may use keyboard, mouse and touch; it gets them if they are free. */
  enter(agentId: string): Entry {
    const { isIn, ...output } = this.#control.enter(agentId, performance.now());
    this.#run(output);
    return isIn ? { isIn, lost: this.#lossOf(agentId) } : { isIn, ...this.taken() };
  }

  /**
   * Resolves when the agent has the controls, for which it asks. Throws CONTROL_DENIED, and the reason of `signal`, after which it asks no
   * more unless it `persists`.
   */
  async waitFor(agentId: string, signal: AbortSignal, { persists } = { persists: false }): Promise<void> {
    if (this.enter(agentId).isIn) return;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (error: MoonshareError | null) => (error === null ? resolve() : reject(error));
    const abort = () => reject(signal.reason);
    const waiting = this.#waiting.get(agentId) ?? new Set();
    this.#waiting.set(agentId, waiting.add(settle));
    signal.addEventListener('abort', abort, { once: true });
    // It does not fall silent while it waits.
    const presence = setInterval(() => {
      const agent = this.#roster.get(agentId);
      if (agent !== null) this.visit(agent);
    }, PRESENCE_MS);
    try {
      this.#run(this.#control.act(agentId, 'request', { now: performance.now() }));
      await promise;
    } finally {
      clearInterval(presence);
      signal.removeEventListener('abort', abort);
      waiting.delete(settle);
      if (waiting.size === 0) {
        this.#waiting.delete(agentId);
        if (!persists && !this.#control.has(agentId) && this.#roster.get(agentId) !== null)
          this.#run(this.#control.act(agentId, 'release', { now: performance.now() }));
      }
    }
  }

  /** `id`: a participant; null: someone who is not there, and manages the streamer. Throws what `ControlState.act` throws. */
  act(id: string | null, action: ControlActionName, to?: string): void {
    try {
      this.#run(this.#control.act(id, action, { to, now: performance.now() }));
    } catch (error) {
      if (error instanceof MoonshareError && error.code === 'CONTROL_TAKEN') throw takenError(this.taken());
      throw error;
    }
  }

  /** The same for a viewer, which is told what is refused. */
  actOfPeer(peerId: string, action: ControlActionName, to?: string): void {
    const entry = this.#roster.of(peerId);
    if (entry === null) return;
    try {
      this.act(entry.id, action, to);
    } catch (cause) {
      const error = MoonshareError.from(cause).toBody();
      this.#sendTo(entry.id, { ControlRefused: { action, error } });
    }
  }

  setRules({ policy, grace_ms: graceMs, silence_ms: silenceMs }: ChangeControl): void {
    const { rules } = this.#control;
    const changed = {
      policy: policy ?? rules.policy,
      graceMs: graceMs ?? rules.graceMs,
      silenceMs: silenceMs ?? rules.silenceMs,
    };
    this.#run(this.#control.setRules(changed, performance.now()));
    this.#announceControl();
  }

  state(): ControlStateInfo {
    const { policy, graceMs, silenceMs } = this.#control.rules;
    const { request } = this.#control;
    const { holder, since } = this.taken();
    return {
      policy,
      grace_ms: graceMs,
      silence_ms: silenceMs,
      holder,
      since,
      request: request && this.#describeRequest(request),
    };
  }

  /** `held`: what the process says that they hold; null: it says nothing. */
  list(held: Held | null): ParticipantDetail[] {
    return this.#roster.all().map((entry) => {
      const { gamepads, ...info } = this.#describe(entry);
      const own = held?.find(({ participant }) => this.#roster.of(participant)?.id === entry.id);
      const { keys = 0, buttons = 0, touches = 0 } = own ?? {};
      return { ...info, holds: held === null ? null : { keys, buttons, touches, gamepads: own?.gamepads ?? gamepads } };
    });
  }

  /** Who has the controls, and since when. */
  taken(): Taken {
    const { holder } = this.#control;
    return { holder: this.#refer(holder?.id ?? null), since: holder && wallTime(holder.since) };
  }

  onWorkerMessage(message: FromStreamer): void {
    switch (message.type) {
      case 'holderActive': {
        const entry = this.#roster.of(message.participant);
        if (entry !== null) this.#run(this.#control.active(entry.id, performance.now()));
        break;
      }
      case 'inputDropped': {
        const entry = this.#roster.of(message.participant);
        // It may have got them meanwhile.
        if (entry !== null && !this.#control.has(entry.id))
          this.#sendTo(entry.id, { InputDropped: { holder: this.taken().holder } });
        break;
      }
      case 'inputCounts': {
        const entry = this.#roster.of(message.participant);
        const participant = entry === null ? this.#left.get(message.participant) : reference(entry);
        if (participant !== undefined) this.#options.sent?.(participant, message.counts);
        break;
      }
      case 'gamepadPlayers': {
        const entry = this.#roster.of(message.peerId);
        if (entry === null) break;
        entry.gamepads = message.players.map(({ player }) => player);
        this.#changed(entry);
        break;
      }
    }
  }

  close(): void {
    this.#timer.stop();
    if (this.#rosterTimer !== null) clearTimeout(this.#rosterTimer);
    for (const id of [...this.#waiting.keys()]) this.#settle(id, new MoonshareError('STREAMER_STOPPED'));
  }

  #run(output: CoreOutput<ControlEvent>): void {
    const wakeAt = Math.min(output.wakeAt, this.#roster.wakeAt);
    this.#timer.take({ events: output.events, wakeAt });
  }

  #advance(now: number): CoreOutput<ControlEvent> {
    const gone = this.#roster.advance(now);
    for (const entry of gone) this.#onGone(entry, now);
    if (gone.length > 0) this.#rosterChanged();
    const { events, wakeAt } = this.#control.advance(now);
    return { events, wakeAt: Math.min(wakeAt, this.#roster.wakeAt) };
  }

  /** It is no longer in the roster. */
  #onGone(entry: RosterEntry, now: number): void {
    const { events } = this.#control.leave(entry.id, now);
    this.#left.set(entry.presence.name === 'agent' ? entry.id : entry.presence.peerId, reference(entry));
    if (this.#left.size > MAX_LEFT) this.#left.delete(this.#left.keys().next().value!);
    this.#leaving = entry;
    for (const event of events) this.#onControl(event);
    this.#leaving = null;
    this.#endTenures();
    this.#settle(entry.id, new MoonshareError('PARTICIPANT_NOT_FOUND'));
    const { streamerId: streamer_id } = this.#options;
    this.#options.happened({ type: 'participant.left', streamer_id, participant: reference(entry) });
  }

  #onControl(event: ControlEvent): void {
    const { streamerId: streamer_id } = this.#options;
    switch (event.type) {
      case 'changed': {
        this.#enforce();
        const [holder, previous] = [this.#refer(event.holder), this.#refer(event.previous)];
        const { policy } = this.#control.rules;
        const { reason } = event;
        this.#options.happened({ type: 'control.changed', streamer_id, policy, holder, previous, reason });
        if (event.holder !== null) this.#settle(event.holder, null);
        this.#endTenures();
        this.#rosterChanged();
        break;
      }
      case 'requested': {
        const holder = this.#refer(event.holder);
        if (holder === null) break;
        const request = this.#describeRequest(event.request);
        this.#options.happened({ type: 'control.requested', streamer_id, ...request, holder });
        break;
      }
      case 'denied': {
        const error = new MoonshareError('CONTROL_DENIED');
        const participant = this.#refer(event.participant);
        if (participant !== null) this.#options.happened({ type: 'control.denied', streamer_id, participant });
        this.#sendTo(event.participant, { ControlRefused: { action: 'request', error: error.toBody() } });
        this.#settle(event.participant, error);
        break;
      }
      case 'withdrawn':
        this.#settle(
          event.participant,
          this.#control.has(event.participant) ? null : new MoonshareError('CONTROL_DENIED'),
        );
        break;
    }
    this.#announceControl();
  }

  /** Tells the process whose input counts. */
  #enforce(): void {
    const holder = this.#control.holder;
    const presence = holder && this.#roster.get(holder.id)?.presence;
    const id = presence && (presence.name === 'agent' ? holder.id : presence.peerId);
    this.#deliver?.({ type: 'setControl', policy: this.#control.rules.policy, holder: id ?? null });
  }

  #lossOf(agentId: string): AbortSignal {
    const tenure = this.#tenures.get(agentId) ?? new AbortController();
    this.#tenures.set(agentId, tenure);
    return tenure.signal;
  }

  #endTenures(): void {
    for (const [id, tenure] of this.#tenures) {
      if (this.#control.has(id)) continue;
      this.#tenures.delete(id);
      tenure.abort(takenError(this.taken()));
    }
  }

  #settle(agentId: string, error: MoonshareError | null): void {
    for (const settle of [...(this.#waiting.get(agentId) ?? [])]) settle(error);
  }

  #changed(entry: RosterEntry): void {
    this.#report('participant.changed', entry);
    this.#rosterChanged();
  }

  #report(type: 'participant.joined' | 'participant.changed', entry: RosterEntry, by?: Actor): void {
    const { streamerId: streamer_id } = this.#options;
    this.#options.happened({ type, streamer_id, participant: this.#describe(entry) }, by);
  }

  #rosterChanged(): void {
    this.#rosterTimer ??= setTimeout(
      () => {
        this.#rosterTimer = null;
        const participants = this.#roster.all().map((entry) => this.#describe(entry));
        for (const peer of this.#peers.values()) {
          const own = this.#roster.of(peer.id);
          if (peer.knowsControl && own !== null)
            peer.send({ Participants: { you: own.id, may_rename: !own.isNameGiven, participants } });
        }
      },
      Math.max(ROSTER_INTERVAL_MS.least, ROSTER_INTERVAL_MS.perParticipant * this.#roster.all().length),
    );
  }

  #announceControl(): void {
    for (const peer of this.#peers.values()) this.#sendControl(peer);
  }

  #sendControl(peer: ParticipantPeer): void {
    const you = this.#roster.of(peer.id)?.id;
    if (!peer.knowsControl || you === undefined) return;
    const now = performance.now();
    const { since: _since, request: _request, ...state } = this.state();
    const { holder, request } = this.#control;
    const signal: ControlSignal = {
      ...state,
      you,
      held_ms: holder && now - holder.since,
      request: request && {
        participant: this.#refer(request.by)!,
        takes_in_ms: request.takesAt === null ? null : Math.max(0, request.takesAt - now),
      },
      may_manage: peer.manages,
    };
    peer.send({ Control: signal });
  }

  #sendTo(id: string, message: ServerSignal): void {
    const presence = this.#roster.get(id)?.presence;
    const peer = presence?.name === 'viewer' ? this.#peers.get(presence.peerId) : undefined;
    if (peer?.knowsControl) peer.send(message);
  }

  #refer(id: string | null): ParticipantReference | null {
    const entry = id === null ? null : (this.#roster.get(id) ?? (this.#leaving?.id === id ? this.#leaving : null));
    return entry && reference(entry);
  }

  #describeRequest({ by, at, takesAt }: Request): ControlStateInfo['request'] & object {
    const participant = this.#refer(by) ?? { participant_id: by, name: by, kind: 'person' };
    return { participant, at: wallTime(at), takes_at: takesAt === null ? null : wallTime(takesAt) };
  }

  #describe({ id, kind, name, role, joinedAt, gamepads, presence }: RosterEntry): ParticipantInfo {
    return {
      participant_id: id,
      name,
      kind,
      peer_id: presence.name === 'viewer' ? presence.peerId : null,
      role,
      joined_at: joinedAt.toISOString(),
      has_control: this.#control.has(id),
      gamepads,
    };
  }
}

/** What whoever needs the controls is told. */
export function takenError({ holder, since }: Taken): MoonshareError {
  const message = holder === null ? 'Nobody has the controls; take them first' : `${holder.name} has the controls`;
  return new MoonshareError('CONTROL_TAKEN', { message, details: { holder, since } });
}

function reference({ id, name, kind }: RosterEntry): ParticipantReference {
  return { participant_id: id, name, kind };
}

/** A monotonic time as a time of day. */
function wallTime(at: number): string {
  return new Date(Date.now() - (performance.now() - at)).toISOString();
}
