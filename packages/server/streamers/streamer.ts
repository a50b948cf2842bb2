import timers from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type CreateStreamer,
  type FromStreamer,
  type HostState,
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
import type { Logger } from 'pino';
import { aborted } from '../abort.ts';
import type { EventLog } from '../events/index.ts';
import { type AppUse, clientIdOf, type Host } from '../hosts/index.ts';
import { Seats } from '../limits/index.ts';
import type { DesiredStreamer } from '../store/index.ts';
import { Allocation } from './allocation.ts';
import { IdleTimer } from './idle-timer.ts';
import { initMessage, type ProcessSettings } from './init-message.ts';
import { Life } from './life.ts';
import type { PeerSession } from './peer-session.ts';
import { PeerSessions } from './peer-sessions.ts';
import { RestartPolicy } from './restart-policy.ts';
import type { Right } from './resume-tokens.ts';
import { notUp, stillStarting } from './start-errors.ts';
import type { StreamerWorker } from './streamer-worker.ts';
import type { UdpPorts } from './udp-ports.ts';

/** Callers wait 30 s (protocol/4 §2); what is left is for tidying up, 7 s at most, before they are told. */
export const START_LIMIT_MS = 22_000;
/** Whose DELETE it is waits so long for the app to have ended, and no longer: it is ended all the same. */
const ENDING_APP_LIMIT_MS = 2_000;
/** Who looks at a streamer does not wait for one that is busy with itself. */
const STATS_LIMIT_MS = 1_000;
const INPUT_LIMIT_MS = 5_000;
/** What front ends show when a session breaks; protocol/5 "A new host" 5. */
const TERMINATED_CODE = -1;

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

/** An app that is left runs on at its host, and can be resumed there. */
export type AppAtTheEnd = 'end' | 'leave';

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

/**
 * One streamer: its host session, its process, its peers.
 * `starting -> active <-> reconnecting -> failed`, and `stopping` from any of them.
 */
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
  readonly #abort = new AbortController();
  readonly #streaming = Promise.withResolvers<void>();
  readonly #life: Life;
  #hostState: HostState | null = null;
  #process: StreamerWorker | null = null;
  #allocation: Allocation | null = null;
  readonly #restarts: RestartPolicy;
  /** The host session was up once: from then on a process that dies is started again. */
  #wasUp = false;
  /** The process said ConnectionTerminated itself, with the host's own code. */
  #endIsTold = false;
  /** Somebody took the UDP port between our look and the process. */
  #portTaken: MoonshareError | null = null;
  #started: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;
  #stopped: Promise<void> | null = null;

  constructor({ request, ownerId }: DesiredStreamer, host: Host, context: StreamerContext, services: StreamerServices) {
    this.id = request.streamer_id;
    this.ownerId = ownerId;
    this.host = host;
    this.#request = request;
    this.#context = context;
    this.#idle = new IdleTimer(services.idleMs, () => context.idle());
    this.#services = services;
    this.#log = services.log.child({ streamer: this.id });
    const { eventLog } = services;
    this.#life = new Life({ streamerId: this.id, eventLog, log: this.#log, changed: () => this.#announce() });
    this.#restarts = new RestartPolicy(services.restartDelaysMs);
    const seats = new Seats(services.webrtc.maxViewers, { code: 'VIEWER_LIMIT', limit: 'viewers', of: 'viewers' });
    this.#peers = new PeerSessions(
      { seats: [services.allSeats, seats], connectLimitMs: services.connectLimitMs },
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
    this.#streaming.promise.catch(() => {});
  }

  get status(): StreamerStatus {
    return this.#life.status;
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
    return this.#life.alive;
  }

  info(): OwnInfo {
    const peers = this.#peers.list();
    const { status, stage, error } = this.#life;
    return {
      streamer_id: this.id,
      status,
      moonlight_connected: status === 'active',
      connected_peers: peers.length,
      width: this.#request.width,
      height: this.#request.height,
      fps: this.#request.fps,
      surround: this.#request.surround,
      host_encryption:
        status === 'active' && this.#hostState?.state === 'streaming' ? this.#hostState.encryption : null,
      created_at: this.#createdAt.toISOString(),
      peers,
      error: error?.toBody() ?? null,
      stage,
      stage_seconds: this.#life.stageSeconds,
      host_id: this.host.id,
      app_id: this.#request.app_id,
    };
  }

  /** The counters of its process; null while it has none, or if that does not tell in time. */
  async stats(): Promise<StreamerStatistics | null> {
    return this.#process?.stats(STATS_LIMIT_MS) ?? null;
  }

  async detail(): Promise<OwnInfo & Pick<StreamerDetail, 'statistics'>> {
    return { ...this.info(), statistics: await this.stats() };
  }

  /** Types and points with nobody watching. Throws STREAMER_NOT_ACTIVE. */
  async input(request: StreamerInputRequest): Promise<InputAnswer> {
    const outcome = this.status === 'active' ? await this.#process?.input(request, INPUT_LIMIT_MS) : null;
    if (outcome?.answer) return outcome.answer;
    throw new MoonshareError('STREAMER_NOT_ACTIVE');
  }

  /** Resolves when the host session is up. After a rejection the streamer is `failed` and holds nothing any more. */
  start(after: Promise<void> = Promise.resolve()): Promise<void> {
    this.#started = this.#start(after);
    return this.#started;
  }

  /**
   * Settles as the start does; with a limit (ms) throws HOST_TIMEOUT when it takes longer, and says what goes on. `goesOn`: the
   * start does, whoever is told.
   */
  async up(limit?: { limitMs: number; goesOn: boolean }): Promise<void> {
    if (limit === undefined) return this.#started;
    const settled = new AbortController();
    const late = timers.setTimeout(limit.limitMs, undefined, { signal: settled.signal }).then(() => {
      const isLaunching = this.#allocation?.use.unanswered === true;
      const { stage, stageSeconds } = this.#life;
      throw stillStarting({ ...limit, isLaunching, stage, stageSeconds });
    });
    // Aborted when it is not looked at any more.
    late.catch(() => {});
    try {
      await Promise.race([this.#started, late]);
    } finally {
      settled.abort();
    }
  }

  /** Ends peers, host session and process, in any state, once; `reason` is told to the peers. `app`: what becomes of it on the host. */
  stop(reason = new MoonshareError('STREAMER_STOPPED'), options: { app: AppAtTheEnd } = { app: 'end' }): Promise<void> {
    this.#stopped ??= this.#stop(reason, options.app);
    return this.#stopped;
  }

  /** Throws VIEWER_LIMIT and VIEWER_TOTAL_LIMIT. A streamer that has ended tells the peer so and closes it. `succeeds`: as `claim` said. */
  join(peer: PeerSession, succeeds: string | null = null): void {
    if (!this.alive) {
      const error = this.#life.error ?? new MoonshareError('STREAMER_STOPPED');
      if (peer.wantsEvents) peer.send(this.#state());
      if (this.status === 'failed') peer.send({ ConnectionTerminated: { error_code: TERMINATED_CODE } });
      void peer.close(error);
      return;
    }
    this.#peers.add(peer, succeeds);
    this.#announce();
    this.#peers.tellResumeToken(peer);
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
    this.#announce();
  }

  /** Throws PEER_NOT_FOUND. */
  kick(peerId: string): void {
    this.#peers.kick(peerId);
    this.#announce();
  }

  async #start(after: Promise<void>): Promise<void> {
    await Promise.race([after, aborted(this.#abort.signal)]);
    const limit = AbortSignal.timeout(this.#longestStartMs);
    const signal = AbortSignal.any([limit, this.#abort.signal]);
    try {
      signal.throwIfAborted();
      this.#life.enterStage('Asking the host');
      const { app_id: appId, client_unique_id: client } = this.#request;
      const clientUniqueId = clientIdOf({ client, ownerId: this.ownerId });
      const stays = this.#context.isResumable();
      this.#allocation = await Allocation.take(this.host, {
        clientUniqueId,
        appId,
        stays,
        ports: this.#services.ports,
        signal,
      });
      signal.throwIfAborted();
      signal.addEventListener('abort', () => this.#streaming.reject(signal.reason), { once: true });
      this.#run(this.#allocation);
      await this.#streaming.promise;
    } catch (cause) {
      const error = this.#startError(cause, limit);
      if (error.code === 'INTERNAL') this.#log.error({ err: cause }, 'streamer could not start');
      this.#fail(error);
      await this.#ending;
      // It may have been taken after that end had begun.
      this.#allocation?.release();
      this.#allocation?.use.leave();
      throw error;
    }
  }

  /** Of a start that nobody waits for: a launch of its own, one before it on that host, and all that is not a launch. */
  get #longestStartMs(): number {
    return this.#services.startLimitMs + 2 * this.#services.launchLimitMs;
  }

  #startError(cause: unknown, limit: AbortSignal): MoonshareError {
    // Failed or stopped from elsewhere: that is the reason, what came of it here is not.
    if (this.#abort.signal.aborted && this.#life.error !== null) return this.#life.error;
    const error = MoonshareError.from(cause);
    if (!limit.aborted || error.code !== 'INTERNAL') return error;
    return notUp(this.#longestStartMs);
  }

  #run(allocation: Allocation): void {
    const process = this.#services.startWorker(this.#log);
    this.#process = process;
    this.#log.info(
      { pid: process.pid, udpPort: allocation.udpPort, app: allocation.app.title, deaths: this.#restarts.deaths },
      'streamer process started',
    );
    process.once('exit', (error) => this.#onExit(error));
    process.on('message', (message) => {
      if (process !== this.#process) return;
      if (message.type !== 'ready') this.#onMessage(message);
      // One that was told to end before it was ready is not given anything to do.
      else if (this.alive) this.#init(process, allocation);
    });
  }

  #init(process: StreamerWorker, allocation: Allocation): void {
    const { id, host } = this;
    process.send(
      initMessage({ id, host, request: this.#request, allocation, services: this.#services, resume: this.#wasUp }),
    );
    this.#peers.attach((message) => process.send(message));
  }

  #onMessage(message: FromStreamer): void {
    this.#allocation?.use.receive(message);
    switch (message.type) {
      case 'hostState':
        this.#onHostState(message.host);
        break;
      case 'launchWanted':
        void this.#grantLaunch();
        break;
      case 'launchDone':
        this.#allocation?.use.releaseTurn();
        break;
      case 'toPeer':
        if (!isOurs(message.message)) this.#peers.send(message.peerId, message.message);
        break;
      case 'broadcast':
        if (isOurs(message.message)) break;
        this.#endIsTold ||= typeof message.message === 'object' && 'ConnectionTerminated' in message.message;
        this.#peers.broadcast(message.message);
        break;
      case 'peerOpened':
        this.#peers.opened(message.peerId);
        break;
      case 'peerClosed':
        this.#peers.close(message.peerId, message.error && MoonshareError.fromBody(message.error));
        this.#announce();
        break;
      case 'peerConnected':
        this.#services.eventLog.add({ type: 'viewer.connected', ...this.#about(message.peerId) });
        break;
      case 'peerFirstFrame':
        this.#services.eventLog.add({ type: 'viewer.first_frame', ...this.#about(message.peerId), ms: message.ms });
        break;
      // For the use of the app: it was told.
      case 'hostInfo':
      case 'launching':
      case 'launchAnswered':
      case 'streamSetUp':
      case 'ready':
      case 'heartbeat':
      case 'stats':
      case 'inputDone':
        break;
    }
  }

  #onHostState(host: HostState): void {
    const before = this.#hostState;
    this.#hostState = host;
    if (host.state !== before?.state) {
      const host_encryption = host.state === 'streaming' ? host.encryption : null;
      this.#services.eventLog.add({ type: 'host.state', streamer_id: this.id, state: host.state, host_encryption });
    }
    if (!this.alive) return;
    switch (host.state) {
      case 'connecting':
        this.#life.enterStage(host.stage);
        break;
      case 'streaming':
        this.#wasUp = true;
        this.#life.change('active', null, null);
        this.#streaming.resolve();
        break;
      case 'recovering':
        this.#life.change('reconnecting', host.stage, MoonshareError.fromBody(host.error));
        break;
      case 'ended':
        // Without an error somebody else told the process to end: its exit says the rest.
        if (host.error !== null) this.#onHostEnded(MoonshareError.fromBody(host.error));
        break;
    }
  }

  #onHostEnded(error: MoonshareError): void {
    if (error.code === 'UDP_PORTS_EXHAUSTED') {
      this.#portTaken = error;
      void this.#process?.stop();
    } else this.#fail(error);
  }

  async #grantLaunch(): Promise<void> {
    if (await this.#allocation?.use.toLaunch(this.#abort.signal)) this.#process?.send({ type: 'launchGranted' });
  }

  #onExit(error: MoonshareError | null): void {
    this.#log.info({ err: error }, 'streamer process ended');
    this.#allocation?.use.processEnded();
    const ended = error ?? new MoonshareError('STREAMER_DIED', { message: 'The streamer process ended by itself' });
    const death = this.#portTaken ?? ended;
    const again = this.#wasUp || this.#portTaken !== null;
    this.#portTaken = null;
    if (this.alive && again && this.#allocation !== null) void this.#restart(this.#allocation, death);
    else this.#fail(death);
  }

  /** Another process in the same allocation; the viewers stay, and it has them negotiate anew. */
  async #restart(allocation: Allocation, death: MoonshareError): Promise<void> {
    const isPortTaken = death.code === 'UDP_PORTS_EXHAUSTED';
    const delay = this.#restarts.died(performance.now());
    if (delay === null) {
      if (isPortTaken) return this.#fail(death);
      const message = `The streamer process died ${this.#restarts.deaths} times within minutes; the last: ${death.message}`;
      this.#fail(new MoonshareError('STREAMER_KEEPS_DYING', { message, cause: death }));
      return;
    }
    this.#log.warn({ err: death, delay }, 'starting the streamer process again');
    this.#peers.detach();
    if (this.#wasUp) this.#life.change('reconnecting', 'Restarting the streamer', death);
    try {
      await timers.setTimeout(delay, undefined, { signal: this.#abort.signal });
      await (isPortTaken ? allocation.takeAnotherPort() : allocation.takePortAgain());
      if (this.alive) this.#run(allocation);
    } catch (cause) {
      if (this.alive) this.#fail(MoonshareError.from(cause));
    }
  }

  #fail(error: MoonshareError): void {
    this.#streaming.reject(error);
    if (!this.alive) return;
    this.#idle.stop();
    this.#log.warn({ err: error }, 'streamer failed');
    this.#life.change('failed', null, error);
    if (!this.#endIsTold) this.#peers.broadcast({ ConnectionTerminated: { error_code: TERMINATED_CODE } });
    this.#abort.abort(error);
    this.#ending ??= this.#end(error, this.#wasUp && this.#context.isRetried(error) ? 'leave' : 'end');
    this.#context.failed(error, this.#wasUp);
  }

  async #stop(error: MoonshareError, app: AppAtTheEnd): Promise<void> {
    this.#idle.stop();
    if (this.alive) {
      this.#life.change('stopping', null, error);
      // Pages of ours come back by themselves when the server does; others are told that this is the end.
      this.#peers.disconnect({ sparing: error.code === 'SHUTTING_DOWN' });
      this.#abort.abort(error);
      this.#ending = this.#end(error, app);
    } else {
      this.#life.change('stopping', null, this.#life.error);
    }
    await this.#ending;
    await this.#started.catch(() => {});
    // It may have failed before, and left its app to the next start.
    if (this.#allocation !== null && app === 'end') await this.host.endLeft(this.#allocation.use);
  }

  /** Sockets, process and what they held. */
  async #end(error: MoonshareError, app: AppAtTheEnd): Promise<void> {
    const closed = this.#peers.closeAll(error);
    const use = this.#allocation?.use;
    use?.leaving();
    await this.#process?.stop();
    this.#allocation?.release();
    if (app === 'leave' && !this.#launchedInVain(error)) use?.leave();
    else await settledWithin(ENDING_APP_LIMIT_MS, use);
    await closed;
  }

  /** It has launched an app and never came to it, and no next server will: there is nothing that anybody has left there. */
  #launchedInVain({ code }: MoonshareError): boolean {
    return !this.#wasUp && this.#allocation?.use.hasLaunched === true && code !== 'SHUTTING_DOWN';
  }

  /** The state, to who asked for events: it has changed, or somebody came or went. */
  #announce(): void {
    this.#peers.announce(this.#state());
  }

  #about(peerId: string) {
    return { streamer_id: this.id, peer_id: peerId };
  }

  #state(): ServerSignal {
    const { status, stage, error, connected_peers: viewers, surround, host_encryption } = this.info();
    return { StreamerState: { status, stage, error, viewers, surround, host_encryption } };
  }
}

/** The server says the state; a streamer process does not know it whole. */
function isOurs(message: ServerSignal): boolean {
  return typeof message === 'object' && 'StreamerState' in message;
}

/** Ends the app, and waits for that unless the host is busy with starting it. */
async function settledWithin(limitMs: number, use: AppUse | undefined): Promise<void> {
  const isBusy = use?.unanswered === true;
  const ended = use?.end();
  if (!isBusy) await Promise.race([ended, timers.setTimeout(limitMs, undefined, { ref: false })]);
}
