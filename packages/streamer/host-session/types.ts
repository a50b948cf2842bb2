import type { HostEncryption, HostState, MoonshareError } from '@moonshare/contract';
import type { StreamEndReason, StreamStage } from '@moonshare/gamestream';

export type LaunchVerb = 'launch' | 'resume';

type Streaming = Extract<HostState, { state: 'streaming' }>;
/** What the server is told, before the format of the stream is looked at. */
export type HostSessionState = Exclude<HostState, Streaming> | Omit<Streaming, 'format'>;

/** What can happen to a host session. */
export type HostSessionEvent =
  /** The slot for the first attempt is requested already. */
  | { type: 'start' }
  /** The launch slot of the host is ours. */
  | { type: 'slotGranted' }
  /** What the host runs; 0 = nothing. */
  | { type: 'info'; paired: boolean; currentGame: number }
  | { type: 'launched' }
  | { type: 'stage'; stage: StreamStage; step: 'start' | 'done' }
  /** The first picture is here. */
  | { type: 'opened'; encryption: HostEncryption }
  /** The step that was under way failed. */
  | { type: 'failed'; error: MoonshareError }
  /** The stream was up and is not any more. */
  | { type: 'streamEnded'; reason: StreamEndReason }
  | { type: 'stop' }
  /** All that `finish` asked for is done. */
  | { type: 'finished' };

/** What the shell has to do. */
export type HostSessionAction =
  | { type: 'requestSlot' }
  | { type: 'releaseSlot' }
  | { type: 'readInfo'; timeoutMs: number }
  /** With fresh keys. */
  | { type: 'launch'; verb: LaunchVerb; timeoutMs: number }
  /** `firstVideoMs`: for the first datagram, of hosts with and without ping payload; `takesOver`: who was there before died. */
  | { type: 'open'; timeoutMs: number; firstVideoMs: { withPayload: number; without: number }; takesOver: boolean }
  | { type: 'report'; state: HostSessionState }
  /** Stop what is under way, leave the stream, then send `finished`. */
  | { type: 'finish' };
