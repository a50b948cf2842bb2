import type { HostMessage, ProtocolVariant } from '@moonshare/gamestream';

export type SessionEnd = 'app ended' | 'cancelled' | 'replaced' | 'left' | 'lost' | 'no client' | 'no pings' | 'failed';

/** How hosts differ in their streams. */
export interface SessionProfile {
  /** Time from launch to control, from ANNOUNCE to the pings, and without a control message; null: no limit. */
  patienceMs: number | null;
  /** Pings that arrive before ANNOUNCE count. */
  keepsEarlyPings: boolean;
  /** Waits for the first pings of both streams with a single record of their sender. */
  sharesFirstPings: boolean;
  /** Holds keys and buttons down for a client that has gone. */
  keepsInput: boolean;
  /** The end of a control connection stops the media of the session that took over its app, for good. */
  pausesOnDeath: boolean;
  /** Wheel steps below a notch do nothing. */
  dropsWheelSteps: boolean;
  /** `timed`: sends RTP timestamps and latencies; `paced`: large frames leave in batches, not in one burst. */
  video: { variant: ProtocolVariant; firstFrame: number; timed: boolean; paced: boolean };
  audioVariant: ProtocolVariant;
  /** Wraps messages; null for those that this host never sends. */
  sealer(options: { key: Buffer; controlV2: boolean }): (message: HostMessage) => Buffer | null;
  /** 16 characters. */
  pingPayload(): string;
  /** How a connected client learns of the end: this many termination messages, then a disconnect; null: none. */
  farewell(reason: SessionEnd): { terminations: 0 | 1 | 2; disconnect: 'reliable' | 'unsequenced' | null };
}
