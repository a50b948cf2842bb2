import { type ErrorCode, type HostState, MoonshareError, type ServerSignal, type Stage } from '@moonshare/contract';

/** What people read meanwhile. Front ends show these texts as they are (protocol/4 §3). */
export const STAGE_TEXTS: Record<Stage, string> = {
  waitingForTurn: 'Waiting for its turn on the host',
  askingHost: 'Asking the host',
  startingApp: 'Starting the app',
  resumingApp: 'Resuming the app',
  rtspHandshake: 'RTSP handshake',
  controlStream: 'Control stream',
  videoStream: 'Video stream',
  retryingWithoutPicture: 'No picture arrived, asking the host again',
  waitingForHost: 'Waiting for the host',
  restarting: 'Restarting the streamer',
};

/** The code of a broken connection; shown by front ends of the older contract (protocol/5 "A new host" 5). */
export const BROKEN_CODE = -1;

/** The number shown by front ends of the older contract (protocol/2 §3.6, "Moonlight result"); 0 is an intended end. */
export function terminationCode(code: ErrorCode): number {
  if (code === 'TERMINATED') return 0;
  return code === 'NO_VIDEO' ? -100 : BROKEN_CODE;
}

/** What browsers must know of a new host state: stages start and complete in pairs (protocol/4 §3), and repetitions give nothing. */
export function hostSignals(before: HostState | null, host: HostState): ServerSignal[] {
  const [last, next] = [stageOf(before), stageOf(host)];
  const signals: ServerSignal[] = [];
  if (last !== next) {
    if (last !== null) signals.push(over(last, host));
    if (next !== null) signals.push({ StageStarting: { stage: STAGE_TEXTS[next] } });
  }
  if (host.state === 'streaming') signals.push(connectionComplete(host));
  return signals;
}

/** What a new browser must know. */
export function currentSignals(host: HostState | null): ServerSignal[] {
  const stage = stageOf(host);
  if (stage !== null) return [{ StageStarting: { stage: STAGE_TEXTS[stage] } }];
  return host?.state === 'streaming' ? [connectionComplete(host)] : [];
}

function stageOf(host: HostState | null): Stage | null {
  return host !== null && 'stage' in host ? host.stage : null;
}

function over(last: Stage, host: HostState): ServerSignal {
  const stage = STAGE_TEXTS[last];
  if (host.state !== 'ended') return { StageComplete: { stage } };
  const error_code = host.error === null ? 0 : terminationCode(MoonshareError.fromBody(host.error).code);
  return { StageFailed: { stage, error_code } };
}

function connectionComplete({ format }: Extract<HostState, { state: 'streaming' }>): ServerSignal {
  const { touch, width, height } = format;
  return { ConnectionComplete: { capabilities: { touch }, width, height } };
}
