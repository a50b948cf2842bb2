import { background, type HostState, type MoonshareError, type StreamerStatus } from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import type { Logger } from 'pino';
import type { EventLog } from '../events/event-log.ts';
import { STAGE_TEXTS } from './host-signals.ts';
import type { IdleTimer } from './idle-timer.ts';
import type { PeerSessions } from './peer-sessions.ts';
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
import type { TapAccess } from './tap-access.ts';
import type { WorkerRunner } from './worker-runner.ts';

/** The surroundings of a streamer. */
export interface StreamerContext {
  failed(error: MoonshareError, wasUp: boolean): void;
  /** Someone will come back to its app, even if the server is killed. */
  isResumable(): boolean;
  /** It is restarted after such a failure, and resumes its app. */
  isRetried(error: MoonshareError): boolean;
  /** No one has watched for too long. */
  idle(): void;
}

interface LifecycleOptions {
  id: string;
  worker: WorkerRunner;
  peers: PeerSessions;
  taps: TapAccess;
  idle: IdleTimer;
  context: StreamerContext;
  limits: StreamerLimits;
  eventLog: EventLog;
  log: Logger;
}

/** Carries out each kind of action; `from`: the previous status. */
type Performers = {
  [Type in StreamerAction['type']]: (action: Extract<StreamerAction, { type: Type }>, from: StreamerStatus) => unknown;
};

/** Drives the state machine of one streamer: carries out its actions, and feeds back the results. */
export class StreamerLifecycle {
  readonly #options: LifecycleOptions;
  readonly #started = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #timer = new WakeTimer<never>(
    () => this.feed({ type: 'wake' }),
    () => {},
  );
  /** Events that arrive while one is handled wait for their turn. */
  readonly #events: StreamerEvent[] = [];
  readonly #performers: Performers;
  #state: StreamerState = initialState(performance.now());

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#performers = this.#prepare(options);
    this.#started.promise.catch(() => {});
  }

  get status(): StreamerStatus {
    return this.#state.status;
  }

  /** Whether it holds its host’s session, or will. */
  get alive(): boolean {
    return isAlive(this.#state);
  }

  /** The last state reported by any worker; null: none yet. */
  get host(): HostState | null {
    return this.#state.host;
  }

  get error(): MoonshareError | null {
    return 'error' in this.#state ? this.#state.error : null;
  }

  /** The stage while it starts or reconnects, and for how long it has lasted, in whole seconds. */
  stage(): { stage: string | null; stage_seconds: number | null } {
    if (!('stage' in this.#state) || this.#state.stage === null) return { stage: null, stage_seconds: null };
    const { stage, since } = this.#state;
    return { stage: STAGE_TEXTS[stage], stage_seconds: Math.floor((performance.now() - since) / 1000) };
  }

  /** Resolves when the host session is up for the first time; rejects when the start has failed and nothing is held any longer. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when a `stop` has been carried out. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  feed(event: StreamerEvent): { events: []; wakeAt: number } {
    this.#events.push(event);
    if (this.#events.length > 1) return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    let wakeAt = Number.POSITIVE_INFINITY;
    try {
      for (let next = this.#events[0]; next !== undefined; next = this.#events[0]) {
        const from = this.#state.status;
        const done = step(this.#state, next, performance.now(), this.#options.limits);
        this.#state = done.state;
        for (const action of done.actions) this.#performers[action.type](action as never, from);
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

  #prepare({ worker, peers, context, log }: LifecycleOptions): Performers {
    return {
      allocate: () => background(worker.allocate({ stays: context.isResumable() }), log),
      abandonAllocation: () => worker.abandonAllocation(),
      releaseAllocation: () => worker.releaseAllocation(),
      startWorker: ({ deaths }) => worker.start(deaths),
      initWorker: ({ resume }) => worker.init(resume),
      stopWorker: () => worker.stop(),
      restartLater: ({ death, delayMs }) => {
        log.warn({ err: death, delay: delayMs }, 'restarting the streamer process');
        peers.detach();
      },
      takePort: ({ port }) => background(worker.takePort(port), log),
      requestTurn: () => background(worker.requestTurn(), log),
      cancelTurn: () => worker.cancelTurn(),
      releaseTurn: () => worker.use?.releaseTurn(),
      grantLaunch: () => worker.grantLaunch(),
      signalHost: ({ before, host }) => peers.signalHost(before, host),
      introducePeers: () => peers.introduceAll(),
      signalTerminated: ({ code }) => peers.signalTerminated(code),
      // Our own pages come back by themselves when the server does; to others this is the end.
      disconnectPeers: ({ reason }) => peers.disconnect({ sparing: reason.code === 'SHUTTING_DOWN' }),
      recordHost: ({ host }) => this.#recordHost(host),
      announce: (_action, from) => this.#announce(from),
      reportStage: () => this.#recordState(),
      tidyUp: (action) =>
        background(
          this.#tidyUp(action).finally(() => this.feed({ type: 'tidied' })),
          log,
        ),
      notifyFailed: ({ error, wasUp }) => {
        log.warn({ err: error }, 'streamer failed');
        context.failed(error, wasUp);
      },
      answerStart: ({ error }) => (error === null ? this.#started.resolve() : this.#started.reject(error)),
      answerStop: ({ app }) => this.#endLeftApp(app).then(this.#stopped.resolve, this.#stopped.reject),
    };
  }

  /** Closes sockets and worker, and gives up what they held. */
  async #tidyUp({ reason, app, wasUp }: Extract<StreamerAction, { type: 'tidyUp' }>): Promise<void> {
    const { worker, peers, taps, context } = this.#options;
    taps.close(reason);
    const closed = peers.closeAll(reason);
    await worker.end(() => {
      const leaves = app === 'leave' || (app === 'leaveIfRetried' && context.isRetried(reason));
      // The app was launched but never came up, and no next server will resume it: no one has left anything there.
      const isInVain = !wasUp && worker.use?.hasLaunched === true && reason.code !== 'SHUTTING_DOWN';
      return leaves && !isInVain;
    });
    await closed;
  }

  async #endLeftApp(app: AppAtTheEnd): Promise<void> {
    if (app === 'end') await this.#options.worker.endLeftApp();
  }

  #announce(from: StreamerStatus): void {
    const { peers, idle, log } = this.#options;
    const to = this.status;
    if (to !== from) log.info({ from, to, code: this.error?.code }, 'streamer state');
    if (!this.alive) idle.stop();
    this.#recordState();
    peers.announce();
  }

  #recordState(): void {
    const { id, eventLog } = this.#options;
    const error = this.error?.toBody() ?? null;
    eventLog.add({ type: 'streamer.state', streamer_id: id, status: this.status, ...this.stage(), error });
  }

  #recordHost(host: HostState): void {
    const { id, eventLog } = this.#options;
    const host_encryption = host.state === 'streaming' ? host.encryption : null;
    eventLog.add({ type: 'host.state', streamer_id: id, state: host.state, host_encryption });
  }
}
