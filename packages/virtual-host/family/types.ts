import type { Announcement, App, DisplayMode, HostDialect, HostMessage, RtspRequest } from '@moonshare/gamestream';
import type { HostPorts } from '../ports.ts';
import type { DropControl } from '../session/media-socket.ts';
import type { SessionEnd, SessionSurroundings } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';

export type FamilyName = 'sunshine' | 'wolf' | 'wolf-2026';

/** How much Sunshine encrypts: its modes 0, 1 and 2, protocol/5. */
export type EncryptionMode = 'off' | 'offered' | 'required';

/** All in which the hosts that this one can be like differ. What is not in here is the same for all. */
export interface HostFamily {
  /** ENet connections at the same time. */
  controlSlots: number;
  http: HttpHabits;
  rtsp: RtspHabits;
  session: SessionHabits;
  openSessions(options: SessionsOptions): Promise<Sessions>;
}

export interface HttpHabits {
  /** The HTTP status that goes with an XML reply. */
  statusOf(xml: string): number;
  /** Replies have the header Content-Length and no other. */
  bare: boolean;
  /** `ServerCodecModeSupport`. */
  codecModes: number;
  /** Listed in the server info of a Wolf, which then also has its MAC over plain HTTP; null = none. */
  displayModes: DisplayMode[] | null;
  /** A pairing whose client has gone still waits for the PIN, and may be the one that gets it. */
  keepsAbandonedPairings: boolean;
  /** A client is paired only when it also names itself, protocol/1 §3.1. */
  pairedNeedsUniqueId: boolean;
  /** Closes the connection without a reply where others say what is wrong: launch parameters, pairing phases. */
  silentOnNonsense: boolean;
  boxArt: boolean;
  /** A 400 without a length follows the reply to `/resume` on the same connection. */
  repliesTwiceToResume: boolean;
  /** Closes a connection without waiting for the client's side, so that whatever that still sends is met by a reset. */
  closesAbruptly: boolean;
}

export interface RtspHabits {
  /** A request that is slower is dropped, ms. */
  patienceMs: number;
  /** null = not complete yet. Throws for what the host does not understand. */
  read(bytes: Buffer): RtspRequest | null;
  /** Errors: MALFORMED. */
  readAnnounce(body: string): Announcement;
  /** Closes without a reply where others answer a bad ANNOUNCE. */
  silentOnBadAnnounce: boolean;
  describe(encryption: EncryptionMode): string;
  /** SETUP gives a ping payload and connect data to echo. */
  givesIds: boolean;
}

export interface SessionHabits {
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
  video: { dialect: HostDialect; firstFrame: number; timed: boolean; paced: boolean };
  audioDialect: HostDialect;
  /** Puts messages into envelopes; null for those that this host never sends. */
  sealer(o: { key: Buffer; controlV2: boolean }): (message: HostMessage) => Buffer | null;
  /** 16 characters. */
  pingPayload(): string;
  /** How a client that is connected hears of the end: so many termination messages, then a disconnect; null = none. */
  farewell(reason: SessionEnd): { terminations: 0 | 1 | 2; disconnect: 'reliable' | 'unsequenced' | null };
}

export interface SessionsOptions {
  bind: string;
  ports: HostPorts;
  drop: DropControl;
  apps: App[];
  /** Streams at the same time; null = any number. */
  limit: number | null;
  encryptedRtsp: boolean;
  encryption: EncryptionMode;
  around: Omit<SessionSurroundings, 'onEnd' | 'media'>;
}
