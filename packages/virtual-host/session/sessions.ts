import type { App, LaunchParameters } from '@moonshare/gamestream';
import type { SessionOrigin, StreamSession } from './session.ts';

/** Who asks for a launch, resume or cancel. */
export interface LaunchClient {
  /** SHA-256 of its certificate. */
  fingerprint: string;
  address: string;
}

/** What a launch or resume tells about its client. */
export function originOf(
  { key, keyId }: LaunchParameters,
  { fingerprint, address }: LaunchClient,
  { sessionAddress, encryptedRtsp = false }: { sessionAddress: string | null; encryptedRtsp?: boolean },
): SessionOrigin {
  return { client: fingerprint, address, key, keyId, encryptedRtsp, sessionAddress };
}

/** Who asks for the server info; over plain HTTP the certificate is unknown. */
export interface Requester {
  address: string;
  fingerprint: string | null;
}

/** A session or, from Wolf, only the claim of one; else an XML error. `resumed`: a launch was treated as a resume. */
export type LaunchOutcome = { session: StreamSession | null; resumed?: true } | { status: number; message?: string };

export interface RunningApp {
  app: App;
  /** SHA-256 of the certificate of the client that started it. */
  client: string;
}

/** The running apps and their streams: each kind of host has its own rules for what belongs to whom. */
export interface Sessions {
  readonly app: App | null;
  /** All running apps: one on most hosts, one per client on others. */
  readonly running: RunningApp[];
  /** Those that have not ended. */
  readonly all: StreamSession[];
  launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  cancel(client: LaunchClient): Promise<void>;
  /** Ends the app as if its user had closed it: the clients are told. False if none is running. */
  endApp(): Promise<boolean>;
  close(): Promise<void>;
  /** `currentgame`, 0: none. */
  gameFor(requester: Requester): number;
  /** The session that RTSP from this address is about; `host` is its header, null before it is read. */
  forRtsp(address: string, host: string | null): StreamSession | null;
  /** The session that a new control connection belongs to. */
  forControl(connectData: number, address: string): StreamSession | null;
  /** The session that gets a message from a connection made for `connected`. */
  forMessage(connected: StreamSession, address: string): StreamSession | null;
  /** The control connection made for `connected` is gone: its client disconnected, or fell silent. */
  left(connected: StreamSession, reason: 'left' | 'lost'): void;
}
