import { type HostState, invariant, MoonshareError, type Stage } from '@moonshare/contract';
import { BROKEN_CODE, terminationCode } from './host-signals.ts';
import { nextRestart } from './restart-policy.ts';
import { notUp } from './start-errors.ts';

/** How often a lasting stage is reported. */
const REPORT_STAGE_MS = 5_000;

/** An app that is left keeps running on its host, and can be resumed there. */
export type AppAtTheEnd = 'end' | 'leave';

/** The state of the worker, for a streamer that holds its host’s session or will. */
type Work =
  /** A previous streamer or server has not ended yet. */
  | { phase: 'waiting' }
  | { phase: 'allocating' }
  /** The worker is started but not ready yet. */
  | { phase: 'loading' }
  /** `host`: the last state from this worker; null: none yet. */
  | { phase: 'running'; host: HostState | null }
  /** Another program has its UDP port, so it is being stopped. */
  | { phase: 'leavingPort' }
  /** One worker is gone and the next is not due yet. */
  | { phase: 'pausing'; until: number; port: PortChoice }
  | { phase: 'takingPort' };

export type PortChoice = 'same' | 'another';

/** What has to be finished before everything is tidied up. `start`: the answer that those waiting for the start then get. */
interface Ending {
  allocating: boolean;
  tidying: boolean;
  start: MoonshareError | null;
}

interface Common {
  /** The last state from any worker; null: none yet. */
  host: HostState | null;
  /** The turn to launch on the host (protocol/1 §7.4), which ends with its worker. */
  turn: 'none' | 'wanted' | 'held';
}

interface Living extends Common {
  work: Work;
  /** When workers died recently. */
  deaths: readonly number[];
}

/** `since`: when the stage began; `reportAt`: when it is reported again. */
interface Staged {
  since: number;
  reportAt: number;
}

/** The life of one streamer: `starting -> active <-> reconnecting -> failed`, and `stopping` from any of them. */
export type StreamerState =
  | (Living & Staged & { status: 'starting'; stage: Stage | null; giveUpAt: number })
  | (Living & { status: 'active' })
  | (Living & Staged & { status: 'reconnecting'; stage: Stage; error: MoonshareError })
  /** `ending` null: nothing is held any longer. */
  | (Common & { status: 'failed'; error: MoonshareError; ending: Ending | null })
  | (Common & { status: 'stopping'; error: MoonshareError; ending: Ending | null; app: AppAtTheEnd });

type Alive = Extract<StreamerState, Living>;

export type StreamerEvent =
  /** Its predecessor has ended. */
  | { type: 'begin' }
  | { type: 'allocated' }
  /** Also if what it waited for has failed. */
  | { type: 'allocationFailed'; error: MoonshareError }
  | { type: 'workerReady' }
  /** Null: by itself, without a fault. */
  | { type: 'workerExited'; error: MoonshareError | null }
  | { type: 'hostState'; host: HostState }
  /** Another program took the UDP port between our check and the worker’s bind. */
  | { type: 'portTaken' }
  | { type: 'launchWanted' }
  | { type: 'turnGranted' }
  | { type: 'launchDone' }
  | { type: 'portAcquired' }
  | { type: 'portUnavailable'; error: MoonshareError }
  | { type: 'stop'; reason: MoonshareError; app: AppAtTheEnd }
  /** Everything that `tidyUp` asked for is done. */
  | { type: 'tidied' }
  | { type: 'wake' };

export type StreamerAction =
  /** Answer with `allocated` or `allocationFailed`. */
  | { type: 'allocate' }
  /** It is answered all the same. */
  | { type: 'abandonAllocation' }
  /** It came too late. */
  | { type: 'releaseAllocation' }
  | { type: 'startWorker'; deaths: number }
  /** `resume`: a previous worker had the host session up. */
  | { type: 'initWorker'; resume: boolean }
  | { type: 'stopWorker' }
  /** Peers keep their sockets until the next worker. */
  | { type: 'restartLater'; death: MoonshareError; delayMs: number }
  /** Answer with `portAcquired` or `portUnavailable`. */
  | { type: 'takePort'; port: PortChoice }
  /** Answer with `turnGranted`. */
  | { type: 'requestTurn' }
  | { type: 'cancelTurn' }
  | { type: 'releaseTurn' }
  | { type: 'grantLaunch' }
  /** `before`: the previous state from the same worker. */
  | { type: 'signalHost'; before: HostState | null; host: HostState }
  | { type: 'recordHost'; host: HostState }
  /** The worker has reported its host for the first time: now peers can be told what to do. */
  | { type: 'introducePeers' }
  | { type: 'signalTerminated'; code: number }
  | { type: 'disconnectPeers'; reason: MoonshareError }
  /** Status, stage or error has changed. */
  | { type: 'announce' }
  | { type: 'reportStage' }
  /** Close the peers, stop the worker, release the allocation; the app is ended or left. Answer with `tidied`. */
  | { type: 'tidyUp'; reason: MoonshareError; app: AppAtTheEnd | 'leaveIfRetried'; wasUp: boolean }
  | { type: 'notifyFailed'; error: MoonshareError; wasUp: boolean }
  /** Null: the host session is up. */
  | { type: 'answerStart'; error: MoonshareError | null }
  | { type: 'answerStop'; app: AppAtTheEnd };

export interface StreamerLimits {
  /** Limit of a start, whoever waits for it, ms. */
  startMs: number;
  restartDelaysMs: readonly number[];
}

/** `wakeAt`: when to send `wake` (monotonic ms); Infinity: never. */
interface Step {
  state: StreamerState;
  actions: StreamerAction[];
  wakeAt: number;
}

type Change = [state: StreamerState, ...actions: StreamerAction[]];

const NEVER = Number.POSITIVE_INFINITY;

export function initialState(now: number): StreamerState {
  const work: Work = { phase: 'waiting' };
  const staged = { stage: null, since: now, reportAt: NEVER };
  return { status: 'starting', ...staged, giveUpAt: NEVER, work, deaths: [], host: null, turn: 'none' };
}

/** Whether it holds its host’s session, or will. */
export function isAlive(state: StreamerState): state is Alive {
  return state.status !== 'failed' && state.status !== 'stopping';
}

/** Pure: an event and its time in; the next state, the actions and the wake-up time out. */
export function step(state: StreamerState, event: StreamerEvent, now: number, limits: StreamerLimits): Step {
  const [next, ...actions] = isAlive(state) ? onAlive(state, event, now, limits) : onEnding(state, event);
  const hasWorker = isAlive(next) && (next.work.phase === 'running' || next.work.phase === 'leavingPort');
  invariant(!isAlive(next) || hasWorker || next.turn === 'none', 'a turn to launch without a worker');
  return { state: next, actions, wakeAt: wakeAt(next) };
}

function wakeAt(state: StreamerState): number {
  if (!isAlive(state)) return NEVER;
  const restart = state.work.phase === 'pausing' ? state.work.until : NEVER;
  if (state.status === 'active') return restart;
  return Math.min(restart, state.reportAt, state.status === 'starting' ? state.giveUpAt : NEVER);
}

function onAlive(state: Alive, event: StreamerEvent, now: number, limits: StreamerLimits): Change {
  const { phase } = state.work;
  switch (event.type) {
    case 'begin':
      return state.status === 'starting' && phase === 'waiting' ? begin(state, now, limits) : [state];
    case 'allocated':
    case 'portAcquired':
      if (phase !== 'allocating' && phase !== 'takingPort') return [state];
      return [
        { ...state, work: { phase: 'loading' } },
        { type: 'startWorker', deaths: state.deaths.length },
      ];
    case 'allocationFailed':
    case 'portUnavailable':
      if (phase !== 'waiting' && phase !== 'allocating' && phase !== 'takingPort') return [state];
      return fail(state.work.phase === 'allocating' ? { ...state, work: { phase: 'waiting' } } : state, event.error);
    case 'workerReady':
      return phase === 'loading' ? onReady(state) : [state];
    case 'workerExited':
      return onExit(state, event.error, now, limits);
    case 'hostState':
      return state.work.phase === 'running' ? onHost(state, state.work.host, event.host, now) : [state];
    case 'portTaken':
      return phase === 'running' ? leavePort(state) : [state];
    case 'launchWanted':
      if (phase !== 'running' || state.turn !== 'none') return [state];
      return [{ ...state, turn: 'wanted' }, { type: 'requestTurn' }];
    case 'turnGranted':
      return state.turn === 'wanted' ? [{ ...state, turn: 'held' }, { type: 'grantLaunch' }] : [state];
    case 'launchDone':
      return launchDone(state);
    case 'stop':
      return stop(state, event.reason, event.app);
    case 'tidied':
      return [state];
    case 'wake':
      return onWake(state, now, limits);
  }
}

function begin(state: Extract<Alive, { status: 'starting' }>, now: number, { startMs }: StreamerLimits): Change {
  const work: Work = { phase: 'allocating' };
  const begun = { ...state, ...entered('askingHost', now), giveUpAt: now + startMs, work };
  return [begun, { type: 'announce' }, { type: 'allocate' }];
}

/** Each worker begins with a launch or a resume, so the turn is requested on its behalf. */
function onReady(state: Alive): Change {
  const running: Alive = { ...state, work: { phase: 'running', host: null }, turn: 'wanted' };
  return [running, { type: 'initWorker', resume: wasUp(state) }, { type: 'requestTurn' }];
}

function leavePort(state: Alive): Change {
  const [turn, ...actions] = withoutRequest(state);
  return [{ ...state, turn, work: { phase: 'leavingPort' } }, ...actions, { type: 'stopWorker' }];
}

/** A held turn stays held until the worker releases it: no one else may come to an app that is being ended. */
function withoutRequest({ turn }: Alive): [Common['turn'], ...StreamerAction[]] {
  return turn === 'wanted' ? ['none', { type: 'cancelTurn' }] : [turn];
}

function onHost(state: Alive, before: HostState | null, host: HostState, now: number): Change {
  const isNew = host.state !== state.host?.state;
  const told: Alive = { ...state, host, work: { phase: 'running', host } };
  const actions: StreamerAction[] = [{ type: 'signalHost', before, host }];
  if (host.state === 'ended' && host.error !== null) {
    actions.push({ type: 'signalTerminated', code: terminationCode(host.error.code) });
  }
  if (isNew) actions.push({ type: 'recordHost', host });
  const [next, ...more] = followHost(told, host, now);
  if (before === null && isAlive(next)) more.push({ type: 'introducePeers' });
  return [next, ...actions, ...more];
}

function followHost(state: Alive, host: HostState, now: number): Change {
  switch (host.state) {
    case 'connecting':
      if (state.status === 'active' || state.stage === host.stage) return [state];
      return [{ ...state, ...entered(host.stage, now) }, { type: 'announce' }];
    case 'streaming': {
      if (state.status === 'active') return [state];
      const { work, deaths, turn } = state;
      const active: Alive = { status: 'active', work, deaths, host, turn };
      const announce = { type: 'announce' } as const;
      return state.status === 'starting'
        ? [active, announce, { type: 'answerStart', error: null }]
        : [active, announce];
    }
    case 'recovering':
      if (state.status === 'starting') return followHost(state, { state: 'connecting', stage: host.stage }, now);
      return [reconnecting(state, host.stage, MoonshareError.fromBody(host.error), now), { type: 'announce' }];
    case 'ended':
      // Without an error, someone else told the worker to end: its exit tells the rest.
      return host.error === null ? [state] : fail(state, MoonshareError.fromBody(host.error), { isSignalled: true });
  }
}

function onExit(state: Alive, error: MoonshareError | null, now: number, limits: StreamerLimits): Change {
  const isPortTaken = state.work.phase === 'leavingPort';
  if (!isPortTaken && state.work.phase !== 'loading' && state.work.phase !== 'running') return [state];
  const death = isPortTaken ? new MoonshareError('UDP_PORTS_EXHAUSTED') : (error ?? endedByItself());
  const gone: Alive = { ...state, turn: 'none' };
  if (!isPortTaken && state.status === 'starting') return fail(gone, death);
  const { deaths, delayMs } = nextRestart(state.deaths, now, limits.restartDelaysMs);
  if (delayMs === null) return fail(gone, isPortTaken ? death : keepsDying(deaths.length, death));
  const work: Work = { phase: 'pausing', until: now + delayMs, port: isPortTaken ? 'another' : 'same' };
  const later = { type: 'restartLater', death, delayMs } as const;
  if (gone.status === 'starting') return [{ ...gone, work, deaths }, later];
  return [reconnecting({ ...gone, work, deaths }, 'restarting', death, now), later, { type: 'announce' }];
}

function onWake(state: Alive, now: number, { startMs }: StreamerLimits): Change {
  if (state.status === 'starting' && now >= state.giveUpAt) return fail(state, notUp(startMs));
  if (state.work.phase === 'pausing' && now >= state.work.until) {
    return [
      { ...state, work: { phase: 'takingPort' } },
      { type: 'takePort', port: state.work.port },
    ];
  }
  if (state.status === 'active' || now < state.reportAt) return [state];
  return [{ ...state, reportAt: now + REPORT_STAGE_MS }, { type: 'reportStage' }];
}

/** `isSignalled`: the peers already know that the connection is over. */
function fail(state: Alive, error: MoonshareError, { isSignalled } = { isSignalled: false }): Change {
  const [ending, ...actions] = endingOf(state, error);
  const up = wasUp(state);
  return [
    { status: 'failed', error, ...ending },
    { type: 'announce' },
    ...(isSignalled ? [] : [{ type: 'signalTerminated', code: BROKEN_CODE } as const]),
    ...actions,
    { type: 'tidyUp', reason: error, app: up ? 'leaveIfRetried' : 'end', wasUp: up },
    { type: 'notifyFailed', error, wasUp: up },
  ];
}

function stop(state: Alive, reason: MoonshareError, app: AppAtTheEnd): Change {
  const [ending, ...actions] = endingOf(state, reason);
  return [
    { status: 'stopping', error: reason, app, ...ending },
    { type: 'announce' },
    { type: 'disconnectPeers', reason },
    ...actions,
    { type: 'tidyUp', reason, app, wasUp: wasUp(state) },
  ];
}

function endingOf(state: Alive, error: MoonshareError): [Common & { ending: Ending }, ...StreamerAction[]] {
  const allocating = state.work.phase === 'allocating';
  const ending: Ending = { allocating, tidying: true, start: state.status === 'starting' ? error : null };
  const [turn, ...actions] = withoutRequest(state);
  if (allocating) actions.push({ type: 'abandonAllocation' });
  return [{ host: state.host, turn, ending }, ...actions];
}

function onEnding(state: Exclude<StreamerState, Living>, event: StreamerEvent): Change {
  switch (event.type) {
    case 'hostState': {
      const next = { ...state, host: event.host };
      return event.host.state === state.host?.state ? [next] : [next, { type: 'recordHost', host: event.host }];
    }
    case 'launchDone':
      return launchDone(state);
    case 'workerExited':
      return [{ ...state, turn: 'none' }];
    case 'allocated':
    case 'allocationFailed': {
      if (state.ending?.allocating !== true) return [state];
      const [next, ...actions] = over(state, { ...state.ending, allocating: false });
      return event.type === 'allocated' ? [next, { type: 'releaseAllocation' }, ...actions] : [next, ...actions];
    }
    case 'tidied':
      return state.ending?.tidying === true ? over(state, { ...state.ending, tidying: false }) : [state];
    case 'stop':
      return state.status === 'failed' ? stopFailed(state, event.app) : [state];
    case 'begin':
    case 'workerReady':
    case 'portTaken':
    case 'launchWanted':
    case 'turnGranted':
    case 'portAcquired':
    case 'portUnavailable':
    case 'wake':
      return [state];
  }
}

/** The reason of its failure stays. */
function stopFailed(state: Extract<StreamerState, { status: 'failed' }>, app: AppAtTheEnd): Change {
  const stopping: StreamerState = { ...state, status: 'stopping', app };
  const announce = { type: 'announce' } as const;
  return state.ending === null ? [stopping, announce, { type: 'answerStop', app }] : [stopping, announce];
}

/** Answers once everything has finished. */
function over(state: Exclude<StreamerState, Living>, ending: Ending): Change {
  if (ending.allocating || ending.tidying) return [{ ...state, ending }];
  const actions: StreamerAction[] = [];
  if (ending.start !== null) actions.push({ type: 'answerStart', error: ending.start });
  if (state.status === 'stopping') actions.push({ type: 'answerStop', app: state.app });
  return [{ ...state, ending: null }, ...actions];
}

function launchDone(state: StreamerState): Change {
  return state.turn === 'held' ? [{ ...state, turn: 'none' }, { type: 'releaseTurn' }] : [state];
}

function wasUp(state: Alive): boolean {
  return state.status !== 'starting';
}

function entered(stage: Stage, now: number) {
  return { stage, since: now, reportAt: now + REPORT_STAGE_MS };
}

function reconnecting(state: Alive, stage: Stage, error: MoonshareError, now: number): Alive {
  const { work, deaths, host, turn } = state;
  const isSameStage = state.status === 'reconnecting' && state.stage === stage;
  const since = isSameStage ? state.since : now;
  return { status: 'reconnecting', stage, error, since, reportAt: now + REPORT_STAGE_MS, work, deaths, host, turn };
}

function endedByItself(): MoonshareError {
  return new MoonshareError('STREAMER_DIED', { message: 'The streamer process ended by itself' });
}

function keepsDying(deaths: number, last: MoonshareError): MoonshareError {
  const message = `The streamer process died ${deaths} times within minutes; the last time: ${last.message}`;
  return new MoonshareError('STREAMER_KEEPS_DYING', { message, cause: last });
}
