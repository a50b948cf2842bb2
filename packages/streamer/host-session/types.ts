import type { HostEncryption, HostState, MoonshareError } from '@moonshare/contract';
import type { StreamEndReason, StreamStage } from '@moonshare/gamestream';

export type LaunchVerb = 'launch' | 'resume';

type Streaming = Extract<HostState, { state: 'streaming' }>;
/** What the server is told, without the format of the stream. */
export type HostSessionState = Exclude<HostState, Streaming> | Omit<Streaming, 'format'>;

/** Everything that can happen to a host session. */
export type HostSessionEvent =
  /** The slot for the first attempt has already been requested. */
  | { type: 'start' }
  /** We hold the host's launch slot. */
  | { type: 'slotGranted' }
  /** The app the host runs; 0 = none. */
  | { type: 'info'; paired: boolean; currentGame: number }
  | { type: 'launched' }
  | { type: 'stage'; stage: StreamStage; step: 'start' | 'done' }
  /** The first picture is here. */
  | { type: 'opened'; encryption: HostEncryption }
  /** The current step failed. */
  | { type: 'failed'; error: MoonshareError }
  /** The stream was up and has ended. */
  | { type: 'streamEnded'; reason: StreamEndReason }
  | { type: 'stop' }
  /** Everything `finish` asked for is done. */
  | { type: 'finished' };

/** What HostSession has to do. */
export type HostSessionAction =
  | { type: 'requestSlot' }
  | { type: 'releaseSlot' }
  | { type: 'readInfo'; timeoutMs: number }
  /** With fresh keys. */
  | { type: 'launch'; verb: LaunchVerb; timeoutMs: number }
  /** `firstVideoMs`: wait for the first datagram, of hosts with and without ping payload; `takesOver`: the previous client died. */
  | { type: 'open'; timeoutMs: number; firstVideoMs: { withPayload: number; without: number }; takesOver: boolean }
  | { type: 'report'; state: HostSessionState }
  /** Abort the current step, leave the stream, then send `finished`. */
  | { type: 'finish' };
