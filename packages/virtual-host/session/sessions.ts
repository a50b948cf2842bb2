import type { App, LaunchParameters } from '@moonshare/gamestream';
import type { StreamSession } from './session.ts';

/** Who asks for a launch, resume or cancel. */
export interface LaunchClient {
  /** SHA-256 of its certificate. */
  fingerprint: string;
  address: string;
}

/** Who asks how the host is; over plain HTTP nobody says whose certificate. */
export interface Asker {
  address: string;
  fingerprint: string | null;
}

/** A session or, from Wolf, the word that there is one; else an XML error. `resumed` = a launch was taken for a resume. */
export type LaunchOutcome = { session: StreamSession | null; resumed?: true } | { status: number; message?: string };

export interface RunningApp {
  app: App;
  /** SHA-256 of the certificate of the client that started it. */
  client: string;
}

/** The apps that run and the streams of them: each kind of host has rules of its own for what belongs to whom. */
export interface Sessions {
  readonly app: App | null;
  /** All apps that run: one on most hosts, one per client on others. */
  readonly running: RunningApp[];
  /** Those that have not ended. */
  readonly all: StreamSession[];
  launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome>;
  cancel(client: LaunchClient): Promise<void>;
  /** Ends the app as if its user had closed it: the clients are told. False if none runs. */
  endApp(): Promise<boolean>;
  close(): Promise<void>;
  /** `currentgame`, 0 = none. */
  gameFor(asker: Asker): number;
  /** The session that a client at this address speaks about by RTSP; `host` is its header, null as long as it is not read. */
  forRtsp(address: string, host: string | null): StreamSession | null;
  /** The session that a new control connection belongs to. */
  forControl(connectData: number, address: string): StreamSession | null;
  /** The session that takes a message of a connection which came for `connected`. */
  forMessage(connected: StreamSession, address: string): StreamSession | null;
  /** The control connection that came for `connected` is gone: its client said so, or was not heard any more. */
  left(connected: StreamSession, reason: 'left' | 'lost'): void;
}
