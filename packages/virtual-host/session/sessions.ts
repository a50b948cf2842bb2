import type { App, LaunchParameters } from '@moonshare/gamestream';
import type { Session } from './session.ts';

/** Who asks for a launch, resume or cancel. */
export interface LaunchClient {
  /** SHA-256 of its certificate. */
  fingerprint: string;
  address: string;
}

/** A session or, from Wolf, the word that there is one; else an XML error. */
export type LaunchOutcome = { session: Session | null } | { status: number; message?: string };

/** The apps that run and the streams of them: each host family has rules of its own for what belongs to whom. */
export interface Sessions {
  readonly app: App | null;
  /** Those that have not ended. */
  readonly all: Session[];
  launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  cancel(client: LaunchClient): Promise<void>;
  /** Ends the app as if its user had closed it: the clients are told. False if none runs. */
  endApp(): Promise<boolean>;
  close(): Promise<void>;
  /** `currentgame` for a client at this address, 0 = none. */
  gameFor(address: string): number;
  /** The session that a client at this address speaks about by RTSP. */
  forRtsp(address: string): Session | null;
  /** The session that a new control connection belongs to. */
  forControl(connectData: number, address: string): Session | null;
  /** The session that takes a message of a connection which came for `connected`. */
  forMessage(connected: Session, address: string): Session | null;
}
