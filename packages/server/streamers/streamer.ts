import timers from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type ChangeControl,
  type ControlPolicy,
  type CreateStreamer,
  type InputAnswer,
  isOfGamepad,
  MoonshareError,
  type ParticipantDetail,
  type ParticipantReference,
  type ServerSignal,
  type StreamerDetail,
  type StreamerInfo,
  type StreamerInputRequest,
  type StreamerStatistics,
  type StreamerStatus,
  type TransportChoice,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { actorOfGrants } from '../auth/actor.ts';
import type { Agent } from '../control/agent.ts';
import type { ControlRules } from '../control/control-state.ts';
import { Participants, takenError } from '../control/participants.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Host } from '../hosts/host.ts';
import { Seats } from '../limits/seats.ts';
import type { DesiredStreamer } from '../store/desired-streamer-store.ts';
import { BROKEN_CODE } from './host-signals.ts';
import { IdleTimer } from './idle-timer.ts';
import { type StreamerContext, StreamerLifecycle } from './lifecycle.ts';
import type { PeerSession } from './peer-session.ts';
import { PeerSessions } from './peer-sessions.ts';
import { stillStarting } from './start-errors.ts';
import type { AppAtTheEnd } from './state-machine.ts';
import { TapAccess } from './tap-access.ts';
import { WorkerRunner, type WorkerServices } from './worker-runner.ts';

/** Callers wait 30 s (protocol/4 §2); the rest is for tidying up, at most 7 s, before they are answered. */
export const START_LIMIT_MS = 22_000;

export interface StreamerServices extends WorkerServices {
  /** For the viewers of all streamers. */
  allSeats: Seats;
  /** A viewer that sets up no media connection in this time is removed. */
  connectLimitMs: number;
  /** Of the controls, for streamers that do not say otherwise. */
  controlRules: ControlRules;
  /** How long an agent is there after its last call. */
  agentMs: number;
  /** The transport that the operator wants. */
  transport: TransportChoice;
  idleMs: number;
  /** How long a caller waits for a start. */
  startLimitMs: number;
  restartDelaysMs: readonly number[];
  /** Where the events of streamers are recorded. */
  eventLog: EventLog;
  /** What a participant has sent to the host of a streamer since the last report, by kind. */
  inputSent: (streamerId: string, participant: ParticipantReference, counts: Readonly<Record<string, number>>) => void;
  log: Logger;
}

/** Everything about a streamer except what depends on the caller. */
export type OwnInfo = Omit<StreamerInfo, 'owner' | 'may_manage'>;

/** One streamer, as the rest of the server uses it. */
export class Streamer {
  readonly id: string;
  readonly host: Host;
  /** The number of the owner, a user who may be gone; null: the shared credentials. */
  readonly ownerId: number | null;
  readonly peers: PeerSessions;
  readonly participants: Participants;
  /** Where its pictures come from. */
  readonly taps = new TapAccess();
  readonly #createdAt = new Date();
  readonly #worker: WorkerRunner;
  readonly #lifecycle: StreamerLifecycle;
  readonly #eventLog: EventLog;
  /** If it was changed. */
  #policy: ControlPolicy | null = null;

  constructor({ request, ownerId }: DesiredStreamer, host: Host, context: StreamerContext, services: StreamerServices) {
    const id = request.streamer_id;
    this.id = id;
    this.ownerId = ownerId;
    this.host = host;
    const { eventLog } = services;
    this.#eventLog = eventLog;
    const log = services.log.child({ streamer: id });
    const { control_policy: policy = services.controlRules.policy } = request;
    this.participants = new Participants({
      streamerId: id,
      rules: { ...services.controlRules, policy },
      agentMs: services.agentMs,
      happened: (event, by) => eventLog.add(event, { by: by ?? null }),
      sent: (participant, counts) => services.inputSent(id, participant, counts),
    });
    const idle = new IdleTimer(services.idleMs, () => context.idle());
    const seats = new Seats(services.webrtc.maxViewers, { code: 'VIEWER_LIMIT', limit: 'viewers', of: 'viewers' });
    this.peers = new PeerSessions(
      {
        streamerId: id,
        seats: [services.allSeats, seats],
        connectLimitMs: services.connectLimitMs,
        transport: services.transport,
        log,
      },
      {
        joined: (peer, succeeds) => this.participants.join(peer, succeeds),
        left: (peerId, how) => this.participants.leave(peerId, how),
        roleChanged: (peerId, role) => this.participants.setRole(peerId, role),
        isUp: () => this.status === 'active',
        iceServers: (peerId) => services.webrtc.ice.forPeer(peerId, Date.now()),
        state: () => this.#stateSignal(),
        happened: (event, from) => {
          idle.present = this.peers.size;
          const by = from === undefined ? null : actorOfGrants(from.origin, from.grants);
          eventLog.add(event, { by, address: from?.owner.address ?? null });
        },
      },
    );
    const worker = new WorkerRunner({
      id,
      host,
      ownerId,
      request,
      services,
      peers: this.peers,
      participants: this.participants,
      taps: this.taps,
      adapted: (bitrate) => eventLog.add({ type: 'streamer.bitrate', streamer_id: id, bitrate }),
      feed: (event) => this.#lifecycle.feed(event),
      log,
    });
    this.#worker = worker;
    // For a start that no one waits for: its own launch, one before it on that host, and everything else.
    const startMs = services.startLimitMs + 2 * services.launchLimitMs;
    const limits = { startMs, restartDelaysMs: services.restartDelaysMs };
    this.#lifecycle = new StreamerLifecycle({
      id,
      worker,
      peers: this.peers,
      taps: this.taps,
      idle,
      context,
      limits,
      eventLog,
      log,
    });
  }

  get status(): StreamerStatus {
    return this.#lifecycle.status;
  }

  /** What was asked for, with what has been changed since. */
  get request(): CreateStreamer {
    const { request } = this.#worker;
    return this.#policy === null ? request : { ...request, control_policy: this.#policy };
  }

  get appId(): number {
    return this.request.app_id;
  }

  /** Whether the host was asked for the app. */
  get launched(): boolean {
    return this.#worker.use?.mayRun === true;
  }

  /** Of the stream, in pixels: what the host sends, or what it is asked for. */
  get pictureSize(): { width: number; height: number } {
    const { host } = this.#lifecycle;
    const { width, height } = host?.state === 'streaming' ? host.format : this.request;
    return { width, height };
  }

  /** Whether it already is what `request` asks for. */
  matches(request: CreateStreamer): boolean {
    return isDeepStrictEqual(withoutPolicy(request), withoutPolicy(this.request));
  }

  /** Whether it holds its host’s session, or will. */
  get alive(): boolean {
    return this.#lifecycle.alive;
  }

  info(): OwnInfo {
    const peers = this.peers.list();
    const { width, height, fps, surround, app_id } = this.request;
    const { bitrate } = this.#worker;
    const { status, host, error } = this.#lifecycle;
    const isActive = status === 'active';
    return {
      streamer_id: this.id,
      status,
      moonlight_connected: isActive,
      connected_peers: peers.length,
      width,
      height,
      fps,
      bitrate,
      surround,
      host_encryption: isActive && host?.state === 'streaming' ? host.encryption : null,
      created_at: this.#createdAt.toISOString(),
      peers,
      error: error?.toBody() ?? null,
      ...this.#lifecycle.stage(),
      host_id: this.host.id,
      app_id,
    };
  }

  /** The counters of its worker; null if there is none, or if it does not answer in time. */
  stats(): Promise<StreamerStatistics | null> {
    return this.#worker.stats();
  }

  async detail(): Promise<OwnInfo & Pick<StreamerDetail, 'statistics'>> {
    return { ...this.info(), statistics: await this.stats() };
  }

  /** Who is there, and what they hold. */
  async listParticipants(): Promise<ParticipantDetail[]> {
    return this.participants.list(await this.#worker.held());
  }

  /** Types and points without viewing. Throws STREAMER_NOT_ACTIVE, CONTROL_TAKEN, RATE_LIMITED. */
  async input(
    agent: Agent,
    { events, release, holdMs }: Omit<StreamerInputRequest, 'participant'> & { holdMs?: number },
  ): Promise<InputAnswer> {
    if (this.status !== 'active') throw new MoonshareError('STREAMER_NOT_ACTIVE');
    const { id, caller } = agent;
    this.participants.visit(agent);
    if (!events.every(isOfGamepad)) {
      const entry = this.participants.enter(id);
      if (!entry.isIn) throw takenError(entry);
    }
    const outcome = await this.#worker.input({
      agent: { id, caller },
      events,
      release,
      ...(holdMs !== undefined && { holdMs }),
    });
    switch (outcome?.outcome) {
      case 'done':
        return outcome.answer;
      case 'taken':
        throw takenError(this.participants.taken());
      default:
        throw new MoonshareError('STREAMER_NOT_ACTIVE');
    }
  }

  /** Changes the bitrate of the picture, kbit/s, now and for later sessions. Throws STREAMER_NOT_ACTIVE, and what `Host.setBitrate` throws. */
  async changeBitrate(kbps: number): Promise<void> {
    if (this.status !== 'active') throw new MoonshareError('STREAMER_NOT_ACTIVE');
    await this.#worker.changeBitrate(kbps);
    // It may have ended while the host was asked.
    if (!this.alive) throw new MoonshareError('STREAMER_NOT_ACTIVE');
    this.#eventLog.add({ type: 'streamer.bitrate', streamer_id: this.id, bitrate: this.request.bitrate });
  }

  changeControl(change: ChangeControl): void {
    this.#policy = change.policy ?? this.#policy;
    this.participants.setRules(change);
  }

  /** Begins when `after` has settled. */
  start(after: Promise<void>): void {
    after.then(
      () => this.#lifecycle.feed({ type: 'begin' }),
      (cause) => this.#lifecycle.feed({ type: 'allocationFailed', error: MoonshareError.from(cause) }),
    );
  }

  /**
   * Resolves when the host session is up; after a rejection the streamer is `failed` and holds nothing. With a limit (ms) throws
   * HOST_TIMEOUT if it takes longer, saying what happens next. `goesOn`: the start continues all the same.
   */
  async up(limit?: { limitMs: number; goesOn: boolean }): Promise<void> {
    const { started } = this.#lifecycle;
    if (limit === undefined) return started;
    const settled = new AbortController();
    const late = timers.setTimeout(limit.limitMs, undefined, { signal: settled.signal }).then(() => {
      const isLaunching = this.#worker.use?.unanswered === true;
      const { stage, stage_seconds } = this.#lifecycle.stage();
      throw stillStarting({ ...limit, isLaunching, stage, stageSeconds: stage_seconds });
    });
    // Aborted when it is no longer needed.
    late.catch(() => {});
    try {
      await Promise.race([started, late]);
    } finally {
      settled.abort();
    }
  }

  /**
   * Ends peers, host session and worker, in any state, and resolves when that is done. The peers get `reason`, and are removed before
   * this returns. `app`: what becomes of it on the host. The first call counts.
   */
  stop(reason = new MoonshareError('STREAMER_STOPPED'), { app }: { app: AppAtTheEnd } = { app: 'end' }): Promise<void> {
    this.#lifecycle.feed({ type: 'stop', reason, app });
    return this.#lifecycle.stopped.finally(() => this.participants.close());
  }

  /** Throws VIEWER_LIMIT and VIEWER_TOTAL_LIMIT. If the streamer has ended, the peer learns that and is closed. `succeeds`: from `claim`. */
  join(peer: PeerSession, succeeds: string | null = null): void {
    const { alive, status, error } = this.#lifecycle;
    if (alive) this.peers.add(peer, succeeds);
    else this.peers.turnAway(peer, status === 'failed' ? BROKEN_CODE : null, error);
  }

  #stateSignal(): ServerSignal {
    const { status, stage, error, connected_peers: viewers, surround, host_encryption } = this.info();
    return { StreamerState: { status, stage, error, viewers, surround, host_encryption } };
  }
}

/** The control policy is only that of the start: it changes without being another stream. */
function withoutPolicy({
  control_policy: _policy,
  ...request
}: CreateStreamer): Omit<CreateStreamer, 'control_policy'> {
  return request;
}
