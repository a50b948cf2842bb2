import type { ServerSignal } from '@moonshare/contract/browser';
import { isFinal, type Problem, problem, problemFromBody } from '../problem.ts';

/** The state of a viewer's connection. `stage` is what the streamer is doing with its host meanwhile. */
export type ViewerState =
  | { kind: 'idle' }
  /** `problem` ended the previous attempt, if there was one. */
  | {
      kind: 'connecting';
      step: ConnectStep;
      hostAway: boolean;
      stage: string | null;
      attempt: number;
      problem: Problem | null;
    }
  | { kind: 'playing' }
  /** Connected, but the host is gone; the streamer reconnects by itself. */
  | { kind: 'interrupted'; stage: string | null; problem: Problem | null }
  /** The server or the media path was lost; the next attempt is automatic. */
  | { kind: 'reconnecting'; attempt: number; problem: Problem }
  /** Over, because of `problem`; null if closed on purpose. */
  | { kind: 'ended'; problem: Problem | null };

export type ConnectStep = 'authorizing' | 'joining' | 'negotiating';

export type ViewerEvent =
  | { type: 'open' }
  | { type: 'step'; step: ConnectStep }
  | { type: 'signal'; signal: ServerSignal }
  | { type: 'peerConnected' }
  /** Anything that ended the attempt: refused token, lost socket, failed peer connection. */
  | { type: 'lost'; problem: Problem }
  | { type: 'close' };

/** The connection's state machine. Only `open` leaves `ended`, so that late events cannot overwrite the reason. */
export function nextState(state: ViewerState, event: ViewerEvent): ViewerState {
  if (event.type === 'open') return connecting('authorizing', 0, null);
  if (state.kind === 'ended' || state.kind === 'idle') return state;
  switch (event.type) {
    case 'step':
      if (state.kind === 'connecting') return { ...state, step: event.step };
      // While reconnecting, people keep seeing the reason until the server is back.
      if (state.kind === 'reconnecting' && event.step === 'authorizing') return state;
      // The streamer has a new process, whose host session is not up yet.
      if (state.kind === 'interrupted') {
        return { ...connecting(event.step, 0, null), hostAway: true, stage: state.stage };
      }
      return connecting(
        event.step,
        'attempt' in state ? state.attempt : 0,
        state.kind === 'playing' ? null : state.problem,
      );
    case 'signal':
      return onSignal(state, event.signal);
    case 'peerConnected':
      if (state.kind === 'connecting' && state.hostAway)
        return { kind: 'interrupted', stage: state.stage, problem: null };
      return state.kind === 'interrupted' ? state : { kind: 'playing' };
    case 'lost': {
      if (isFinal(event.problem.code)) return { kind: 'ended', problem: event.problem };
      return { kind: 'reconnecting', attempt: 'attempt' in state ? state.attempt + 1 : 1, problem: event.problem };
    }
    case 'close':
      return { kind: 'ended', problem: null };
  }
}

type Connecting = Extract<ViewerState, { kind: 'connecting' }>;
type Running = Exclude<ViewerState, { kind: 'idle' | 'ended' }>;
type StreamerState = Extract<ServerSignal, { StreamerState: unknown }>['StreamerState'];

const REFUSALS = {
  InternalServerError: 'INTERNAL',
  HostNotFound: 'HOST_NOT_FOUND',
  AppNotFound: 'APP_NOT_FOUND',
  HostNotPaired: 'HOST_NOT_PAIRED',
  AlreadyStreaming: 'HOST_BUSY',
  PeerDisconnect: 'PEER_REMOVED',
} as const;

function connecting(step: ConnectStep, attempt: number, lastProblem: Problem | null): Connecting {
  return { kind: 'connecting', step, hostAway: false, stage: null, attempt, problem: lastProblem };
}

function onSignal(state: Running, signal: ServerSignal): ViewerState {
  if (typeof signal === 'string') return { kind: 'ended', problem: problem(REFUSALS[signal]) };
  if ('StageStarting' in signal) return withStage(state, signal.StageStarting.stage);
  if ('ConnectionTerminated' in signal && state.kind === 'playing') {
    return { kind: 'interrupted', stage: null, problem: problem('TERMINATED') };
  }
  if ('ConnectionComplete' in signal) return hostBack(state);
  if ('StreamerState' in signal) return onStreamer(state, signal.StreamerState);
  return state;
}

function onStreamer(state: Running, streamer: StreamerState): ViewerState {
  const why = streamer.error === null ? null : problemFromBody(streamer.error);
  switch (streamer.status) {
    case 'failed':
      return { kind: 'ended', problem: why ?? problem('STREAMER_DIED') };
    case 'stopping':
      // It stops and comes back with its server: the socket closes next, but not for good.
      if (why?.code === 'SHUTTING_DOWN') return state;
      return { kind: 'ended', problem: why ?? problem('STREAMER_STOPPED') };
    case 'starting':
    case 'reconnecting':
      return hostAway(state, streamer.stage, why);
    case 'active':
      return hostBack(state);
  }
}

function hostAway(state: Running, stage: string | null, why: Problem | null): ViewerState {
  switch (state.kind) {
    case 'connecting':
      return { ...state, hostAway: true, stage };
    case 'playing':
    case 'interrupted':
      return { kind: 'interrupted', stage, problem: why };
    case 'reconnecting':
      return state;
  }
}

function hostBack(state: Running): ViewerState {
  switch (state.kind) {
    case 'connecting':
      return state.hostAway || state.stage !== null ? { ...state, hostAway: false, stage: null } : state;
    case 'interrupted':
      return { kind: 'playing' };
    case 'playing':
    case 'reconnecting':
      return state;
  }
}

function withStage(state: Running, stage: string): ViewerState {
  return state.kind === 'connecting' || state.kind === 'interrupted' ? { ...state, stage } : state;
}
