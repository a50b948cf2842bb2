import timers from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  background,
  type CreateStreamer,
  type FromStreamer,
  type InputAnswer,
  MoonshareError,
  type Negotiation,
  type ServerSignal,
  type StreamerDetail,
  type StreamerInfo,
  type StreamerInputRequest,
  type StreamerStatistics,
  type StreamerStatus,
} from '@moonshare/contract';
import { WakeTimer } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import type { EventLog } from '../events/index.ts';
import { type AppUse, clientIdOf, type Host } from '../hosts/index.ts';
import { Seats } from '../limits/index.ts';
import type { DesiredStreamer } from '../store/index.ts';
import { Allocation } from './allocation.ts';
import { BROKEN_CODE, STAGE_TEXTS } from './host-signals.ts';
import { IdleTimer } from './idle-timer.ts';
import { initMessage, type ProcessSettings } from './init-message.ts';
import type { PeerSession } from './peer-session.ts';
import { PeerSessions } from './peer-sessions.ts';
import type { Right } from './resume-tokens.ts';
import { stillStarting } from './start-errors.ts';
import {
  type AppAtTheEnd,
  initialState,
  isAlive,
  type StreamerAction,
  type StreamerEvent,
  type StreamerLimits,
  type StreamerState,
  step,
} from './state-machine.ts';
import type { StreamerWorker } from './streamer-worker.ts';
import type { UdpPorts } from './udp-ports.ts';

/** Callers wait 30 s (protocol/4 §2); what is left is for tidying up, 7 s at most, before they are told. */
export const START_LIMIT_MS = 22_000;
/** Whose DELETE it is waits so long for the app to have ended, and no longer: it is ended all the same. */
const ENDING_APP_LIMIT_MS = 2_000;
/** Who looks at a streamer does not wait for one that is busy with itself. */
const STATS_LIMIT_MS = 1_000;
const INPUT_LIMIT_MS = 5_000;

export interface StreamerServices extends ProcessSettings {
  startWorker: (log: Logger) => StreamerWorker;
  ports: UdpPorts;
  /** Of the viewers of all streamers. */
  allSeats: Seats;
  /** A viewer that brings no peer connection in this time is put out. */
  connectLimitMs: number;
  idleMs: number;
  /** How long a caller is kept waiting for a start. */
  startLimitMs: number;
  restartDelaysMs: readonly number[];
  /** What happens to streamers is told there. */
  eventLog: EventLog;
  log: Logger;
}

/** All that is to be said of a streamer but what depends on who asks. */
export type OwnInfo = Omit<StreamerInfo, 'owner' | 'may_manage'>;

/** The streamers around one. */
export interface StreamerContext {
  failed(error: MoonshareError, wasUp: boolean): void;
  /** Somebody comes back to its app, also when the server is killed. */
  isResumable(): boolean;
  /** It is started again after such a failure, and resumes its app. */
  isRetried(error: MoonshareError): boolean;
  /** Nobody has watched for too long. */
  idle(): void;
}

/** One streamer: what the state machine decides is done here, and what comes of it is fed back. */
export class Streamer {
  readonly id: string;
  readonly host: Host;
  /** The number of the user whose it is, who may be gone; null: the shared credentials'. */
  readonly ownerId: number | null;
  readonly #request: CreateStreamer;
  readonly #services: StreamerServices;
  readonly #log: Logger;
  readonly #context: StreamerContext;
  readonly #createdAt = new Date();
  readonly #peers: PeerSessions;
  readonly #idle: IdleTimer;
  readonly #limits: StreamerLimits;
  readonly #started = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #allocating = new AbortController();
  readonly #timer = new WakeTimer<never>(
    () => this.#feed({ type: 'wake' }),
    () => {},
  );
  /** Those that come while one is dealt with wait for their turn. */
  readonly #events: StreamerEvent[] = [];
  #state: StreamerState;
  #worker: StreamerWorker | null = null;
  #allocation: Allocation | null = null;
  /** Of the worker that is there: its request for the turn on the host. */
  #turn: AbortController | null = null;

  constructor({ request, ownerId }: DesiredStreamer, host: Host, context: StreamerContext, services: StreamerServices) {
    this.id = request.streamer_id;
    this.ownerId = ownerId;
    this.host = host;
    this.#request = request;
    this.#context = context;
    this.#idle = new IdleTimer(services.idleMs, () => context.idle());
    this.#services = services;
    this.#log = services.log.child({ streamer: this.id });
    // Of a start that nobody waits for: a launch of its own, one before it on that host, and all that is not a launch.
    const startMs = services.startLimitMs + 2 * services.launchLimitMs;
    this.#limits = { startMs, restartDelaysMs: services.restartDelaysMs };
    this.#state = initialState(performance.now());
    const { eventLog } = services;
    const seats = new Seats(services.webrtc.maxViewers, { code: 'VIEWER_LIMIT', limit: 'viewers', of: 'viewers' });
    this.#peers = new PeerSessions(
      { seats: [services.allSeats, seats], connectLimitMs: services.connectLimitMs, log: this.#log },
      {
        isUp: () => this.status === 'active',
        iceServers: (peerId) => services.webrtc.ice.forPeer(peerId, Date.now()),
        joined: (peer) => {
          this.#idle.present = this.#peers.size;
          eventLog.add({ type: 'viewer.joined', streamer_id: this.id, ...peer, viewers: this.#peers.size });
        },
        left: ({ id }) => {
          this.#idle.present = this.#peers.size;
          eventLog.add({ type: 'viewer.left', ...this.#about(id), viewers: this.#peers.size });
        },
      },
    );
    this.#started.promise.catch(() => {});
  }

  get status(): StreamerStatus {
    return this.#state.status;
  }

  get appId(): number {
    return this.#request.app_id;
  }

  /** The host was asked for the app. */
  get launched(): boolean {
    return this.#allocation?.use.mayRun === true;
  }

  /** Nothing has to change to have what `request` asks for. */
  matches(request: CreateStreamer): boolean {
    return isDeepStrictEqual(request, this.#request);
  }

  /** It holds its host's session, or will. */
  get alive(): boolean {
    return isAlive(this.#state);
  }

  info(): OwnInfo {
    const peers = this.#peers.list();
    const { width, height, fps, surround, app_id } = this.#request;
    const { host } = this.#state;
    const isActive = this.status === 'active';
    return {
      streamer_id: this.id,
      status: this.status,
      moonlight_connected: isActive,
      connected_peers: peers.length,
      width,
      height,
      fps,
      surround,
      host_encryption: isActive && host?.state === 'streaming' ? host.encryption : null,
      created_at: this.#createdAt.toISOString(),
      peers,
      error: this.#error?.toBody() ?? null,
      ...this.#stage(),
      host_id: this.host.id,
      app_id,
    };
  }

  /** The counters of its worker; null while it has none, or if that does not answer in time. */
  async stats(): Promise<StreamerStatistics | null> {
    return this.#worker?.stats(STATS_LIMIT_MS) ?? null;
  }

  async detail(): Promise<OwnInfo & Pick<StreamerDetail, 'statistics'>> {
    return { ...this.info(), statistics: await this.stats() };
  }

  /** Types and points with nobody watching. Throws STREAMER_NOT_ACTIVE. */
  async input(request: StreamerInputRequest): Promise<InputAnswer> {
    const outcome = this.status === 'active' ? await this.#worker?.input(request, INPUT_LIMIT_MS) : null;
    if (outcome?.answer) return outcome.answer;
    throw new MoonshareError('STREAMER_NOT_ACTIVE');
  }

  /** Begins when `after` has settled. */
  start(after: Promise<void>): void {
    after.then(
      () => this.#feed({ type: 'begin' }),
      (cause) => this.#feed({ type: 'allocationFailed', error: MoonshareError.from(cause) }),
    );
  }

  /**
   * Resolves when the host session is up; after a rejection the streamer is `failed` and holds nothing any more. With a limit (ms)
   * throws HOST_TIMEOUT when it takes longer, and says what goes on. `goesOn`: the start does, whoever is told.
   */
  async up(limit?: { limitMs: number; goesOn: boolean }): Promise<void> {
    if (limit === undefined) return this.#started.promise;
    const settled = new AbortController();
    const late = timers.setTimeout(limit.limitMs, undefined, { signal: settled.signal }).then(() => {
      const isLaunching = this.#allocation?.use.unanswered === true;
      const { stage, stage_seconds } = this.#stage();
      throw stillStarting({ ...limit, isLaunching, stage, stageSeconds: stage_seconds });
    });
    // Aborted when it is not looked at any more.
    late.catch(() => {});
    try {
      await Promise.race([this.#started.promise, late]);
    } finally {
      settled.abort();
    }
  }

  /**
   * Ends peers, host session and worker, in any state, and resolves when that is done; `reason` is told to the peers, who are out
   * before this returns. `app`: what becomes of it on the host. The first call counts.
   */
  stop(reason = new MoonshareError('STREAMER_STOPPED'), { app }: { app: AppAtTheEnd } = { app: 'end' }): Promise<void> {
    this.#feed({ type: 'stop', reason, app });
    return this.#stopped.promise;
  }

  /** Throws VIEWER_LIMIT and VIEWER_TOTAL_LIMIT. A streamer that has ended tells the peer so and closes it. `succeeds`: as `claim` said. */
  join(peer: PeerSession, succeeds: string | null = null): void {
    if (!isAlive(this.#state)) {
      if (peer.wantsEvents) peer.send(this.#stateSignal());
      this.#peers.turnAway(peer, this.status === 'failed' ? BROKEN_CODE : null, this.#state.error);
      return;
    }
    this.#peers.add(peer, succeeds);
    this.#announceToPeers();
    this.#peers.welcome(peer);
  }

  receive(peerId: string, message: Negotiation): void {
    this.#peers.receive(peerId, message);
  }

  /** By what right somebody with this ResumeToken was here; null: nobody lately. */
  rightOf(token: string): Right | null {
    return this.#peers.rightOf(token);
  }

  /** Whoever came with this secret before, as `as`: its old socket makes room. null: nobody. */
  claim(token: string, as: Pick<PeerSession, 'role' | 'origin'>): string | null {
    return this.#peers.claim(token, as);
  }

  ping(peerId: string): void {
    this.#peers.ping(peerId);
  }

  /** `mayReturn`: it went without a word. */
  leave(peerId: string, { mayReturn } = { mayReturn: false }): void {
    this.#peers.remove(peerId, { mayReturn });
    this.#announceToPeers();
  }

  /** Throws PEER_NOT_FOUND. */
  kick(peerId: string): void {
    this.#peers.kick(peerId);
    this.#announceToPeers();
  }

  #feed(event: StreamerEvent): { events: []; wakeAt: number } {
    this.#events.push(event);
    if (this.#events.length > 1) return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    let wakeAt = Number.POSITIVE_INFINITY;
    try {
      for (let next = this.#events[0]; next !== undefined; next = this.#events[0]) {
        const from = this.#state.status;
        const done = step(this.#state, next, performance.now(), this.#limits);
        this.#state = done.state;
        for (const action of done.actions) this.#perform(action, from);
        wakeAt = done.wakeAt;
        this.#events.shift();
      }
    } finally {
      this.#events.length = 0;
    }
    if (isAlive(this.#state)) this.#timer.take({ events: [], wakeAt });
    else this.#timer.stop();
    return { events: [], wakeAt };
  }

  /** `from`: the status before. */
  #perform(action: StreamerAction, from: StreamerStatus): void {
    switch (action.type) {
      case 'allocate':
        background(this.#allocate(), this.#log);
        break;
      case 'abandonAllocation':
        this.#allocating.abort(new MoonshareError('STREAMER_STOPPED'));
        break;
      case 'releaseAllocation':
        this.#allocation?.release();
        this.#allocation?.use.leave();
        break;
      case 'startWorker':
        this.#startWorker(action.deaths);
        break;
      case 'initWorker':
        this.#initWorker(action.resume);
        break;
      case 'stopWorker':
        if (this.#worker !== null) background(this.#worker.stop(), this.#log);
        break;
      case 'restartLater':
        this.#log.warn({ err: action.death, delay: action.delayMs }, 'starting the streamer process again');
        this.#peers.detach();
        break;
      case 'takePort':
        background(this.#takePort(action.port), this.#log);
        break;
      case 'requestTurn':
        background(this.#requestTurn(), this.#log);
        break;
      case 'cancelTurn':
        this.#turn?.abort();
        break;
      case 'releaseTurn':
        this.#allocation?.use.releaseTurn();
        break;
      case 'grantLaunch':
        this.#worker?.send({ type: 'launchGranted' });
        break;
      case 'signalHost':
        this.#peers.signalHost(action.before, action.host);
        break;
      case 'introducePeers':
        this.#peers.introduceAll();
        break;
      case 'signalTerminated':
        this.#peers.signalTerminated(action.code);
        break;
      case 'disconnectPeers':
        // Pages of ours come back by themselves when the server does; others are told that this is the end.
        this.#peers.disconnect({ sparing: action.reason.code === 'SHUTTING_DOWN' });
        break;
      case 'recordHost': {
        const host_encryption = action.host.state === 'streaming' ? action.host.encryption : null;
        const { state } = action.host;
        this.#services.eventLog.add({ type: 'host.state', streamer_id: this.id, state, host_encryption });
        break;
      }
      case 'announce':
        this.#announce(from);
        break;
      case 'reportStage':
        this.#recordState();
        break;
      case 'tidyUp': {
        const tidied = this.#tidyUp(action).finally(() => this.#feed({ type: 'tidied' }));
        background(tidied, this.#log);
        break;
      }
      case 'notifyFailed':
        this.#log.warn({ err: action.error }, 'streamer failed');
        this.#context.failed(action.error, action.wasUp);
        break;
      case 'answerStart':
        if (action.error === null) this.#started.resolve();
        else this.#started.reject(action.error);
        break;
      case 'answerStop':
        void this.#endLeft(action.app).then(this.#stopped.resolve, this.#stopped.reject);
        break;
    }
  }

  async #allocate(): Promise<void> {
    const { app_id: appId, client_unique_id: client } = this.#request;
    const clientUniqueId = clientIdOf({ client, ownerId: this.ownerId });
    const stays = this.#context.isResumable();
    const { ports } = this.#services;
    const { signal } = this.#allocating;
    try {
      this.#allocation = await Allocation.take(this.host, { clientUniqueId, appId, stays, ports, signal });
      this.#feed({ type: 'allocated' });
    } catch (cause) {
      const error = MoonshareError.from(cause);
      if (error.code === 'INTERNAL') this.#log.error({ err: cause }, 'streamer could not start');
      this.#feed({ type: 'allocationFailed', error });
    }
  }

  async #takePort(port: 'same' | 'another'): Promise<void> {
    try {
      await (port === 'another' ? this.#allocation?.takeAnotherPort() : this.#allocation?.takePortAgain());
      this.#feed({ type: 'portAcquired' });
    } catch (cause) {
      this.#feed({ type: 'portUnavailable', error: MoonshareError.from(cause) });
    }
  }

  #startWorker(deaths: number): void {
    const worker = this.#services.startWorker(this.#log);
    this.#worker = worker;
    const { udpPort, app } = this.#allocation!;
    this.#log.info({ pid: worker.pid, udpPort, app: app.title, deaths }, 'streamer process started');
    worker.on('message', (message) => this.#onMessage(message));
    worker.once('exit', (error) => {
      this.#log.info({ err: error }, 'streamer process ended');
      this.#worker = null;
      this.#turn?.abort();
      this.#allocation?.use.processEnded();
      this.#feed({ type: 'workerExited', error });
    });
  }

  #initWorker(resume: boolean): void {
    const { id, host } = this;
    const allocation = this.#allocation!;
    const worker = this.#worker!;
    worker.send(initMessage({ id, host, request: this.#request, allocation, services: this.#services, resume }));
    this.#peers.attach((message) => worker.send(message), allocation.app);
  }

  async #requestTurn(): Promise<void> {
    const turn = new AbortController();
    this.#turn = turn;
    const isGranted = await this.#allocation?.use.toLaunch(turn.signal);
    if (isGranted && !turn.signal.aborted) this.#feed({ type: 'turnGranted' });
  }

  #onMessage(message: FromStreamer): void {
    this.#allocation?.use.receive(message);
    switch (message.type) {
      case 'ready':
        this.#feed({ type: 'workerReady' });
        break;
      case 'hostState':
      case 'portTaken':
      case 'launchWanted':
      case 'launchDone':
        this.#feed(message);
        break;
      case 'negotiation':
        this.#peers.negotiate(message.peerId, message.message);
        break;
      case 'gamepadPlayers':
        this.#peers.sendPlayers(message.peerId, message.players);
        break;
      case 'lastFrame':
        this.#peers.sendLastFrame(message.peerId, message.ageMs);
        break;
      case 'peerOpened':
        this.#peers.opened(message.peerId);
        break;
      case 'peerClosed':
        this.#peers.close(message.peerId, message.error && MoonshareError.fromBody(message.error));
        this.#announceToPeers();
        break;
      case 'peerConnected':
        this.#services.eventLog.add({ type: 'viewer.connected', ...this.#about(message.peerId) });
        break;
      case 'peerFirstFrame':
        this.#services.eventLog.add({ type: 'viewer.first_frame', ...this.#about(message.peerId), ms: message.ms });
        break;
      // For the use of the app, or for the worker's own keeper.
      case 'hostInfo':
      case 'launching':
      case 'launchAnswered':
      case 'streamSetUp':
      case 'heartbeat':
      case 'stats':
      case 'inputDone':
        break;
    }
  }

  /** Sockets, worker and what they held. */
  async #tidyUp({ reason, app, wasUp }: Extract<StreamerAction, { type: 'tidyUp' }>): Promise<void> {
    const closed = this.#peers.closeAll(reason);
    const use = this.#allocation?.use;
    use?.leaving();
    await this.#worker?.stop();
    this.#allocation?.release();
    const leaves = app === 'leave' || (app === 'leaveIfRetried' && this.#context.isRetried(reason));
    // It has launched an app and never came to it, and no next server will: there is nothing that anybody has left there.
    const isInVain = !wasUp && use?.hasLaunched === true && reason.code !== 'SHUTTING_DOWN';
    if (leaves && !isInVain) use?.leave();
    else await settledWithin(ENDING_APP_LIMIT_MS, use);
    await closed;
  }

  /** It may have failed before, and left its app to the next start. */
  async #endLeft(app: AppAtTheEnd): Promise<void> {
    if (this.#allocation !== null && app === 'end') await this.host.endLeft(this.#allocation.use);
  }

  #announce(from: StreamerStatus): void {
    const to = this.status;
    if (to !== from) this.#log.info({ from, to, code: this.#error?.code }, 'streamer state');
    if (!this.alive) this.#idle.stop();
    this.#recordState();
    this.#announceToPeers();
  }

  #recordState(): void {
    const error = this.#error?.toBody() ?? null;
    this.#services.eventLog.add({
      type: 'streamer.state',
      streamer_id: this.id,
      status: this.status,
      ...this.#stage(),
      error,
    });
  }

  /** The state, to who asked for events: it has changed, or somebody came or went. */
  #announceToPeers(): void {
    this.#peers.announce(this.#stateSignal());
  }

  get #error(): MoonshareError | null {
    return 'error' in this.#state ? this.#state.error : null;
  }

  /** What it is doing while it starts or reconnects, and for how long, whole seconds. */
  #stage(): { stage: string | null; stage_seconds: number | null } {
    if (!('stage' in this.#state) || this.#state.stage === null) return { stage: null, stage_seconds: null };
    const { stage, since } = this.#state;
    return { stage: STAGE_TEXTS[stage], stage_seconds: Math.floor((performance.now() - since) / 1000) };
  }

  #about(peerId: string) {
    return { streamer_id: this.id, peer_id: peerId };
  }

  #stateSignal(): ServerSignal {
    const { status, stage, error, connected_peers: viewers, surround, host_encryption } = this.info();
    return { StreamerState: { status, stage, error, viewers, surround, host_encryption } };
  }
}

/** Ends the app, and waits for that unless the host is busy with starting it. */
async function settledWithin(limitMs: number, use: AppUse | undefined): Promise<void> {
  const isBusy = use?.unanswered === true;
  const ended = use?.end();
  if (!isBusy) await Promise.race([ended, timers.setTimeout(limitMs, undefined, { ref: false })]);
}
