import type { HostMessage, ProtocolVariant } from '@moonshare/gamestream';

export type SessionEnd = 'app ended' | 'cancelled' | 'replaced' | 'left' | 'lost' | 'no client' | 'no pings' | 'failed';

/** In what the streams of hosts differ. */
export interface SessionProfile {
  /** From launch to control, from ANNOUNCE to the pings, and without a control message; null = for ever. */
  patienceMs: number | null;
  /** Pings that come before ANNOUNCE count. */
  keepsEarlyPings: boolean;
  /** Waits for the first pings of both streams with one record of who sent them. */
  sharesFirstPings: boolean;
  /** Holds keys and buttons down for a client that has gone. */
  keepsInput: boolean;
  /** The end of a control connection stops the media of the session that has taken its app over, for good. */
  pausesOnDeath: boolean;
  /** Wheel steps below a notch do nothing. */
  dropsWheelSteps: boolean;
  /** `timed` = RTP timestamps and latencies are told; `paced` = large frames leave in batches, not in one burst. */
  video: { variant: ProtocolVariant; firstFrame: number; timed: boolean; paced: boolean };
  audioVariant: ProtocolVariant;
  /** Puts messages into envelopes; null for those that this host never sends. */
  sealer(options: { key: Buffer; controlV2: boolean }): (message: HostMessage) => Buffer | null;
  /** 16 characters. */
  pingPayload(): string;
  /** How a client that is connected hears of the end: so many termination messages, then a disconnect; null = none. */
  farewell(reason: SessionEnd): { terminations: 0 | 1 | 2; disconnect: 'reliable' | 'unsequenced' | null };
}
