import type { MoonshareError, Role, ServerSignal } from '@moonshare/contract';
import type { Owner } from '../auth/owner.ts';
import type { Rank } from '../limits/seats.ts';
import type { PeerSignals } from './peer-signals.ts';

/** What gave a browser its access. Both null: the shared credentials. */
export interface PeerOrigin {
  user: string | null;
  linkId: number | null;
}

/** A browser as a streamer sees it, without its socket. */
export interface PeerSession {
  readonly id: string;
  /** What it may do now; starts as `grantedRole`. */
  role: Role;
  /** What it was admitted for. */
  readonly grantedRole: Role;
  /** The name that its link, its token or its login gives it, and what the person says. */
  readonly names: { given: string | null; said: string | null };
  /** It is an admin's or the owner's. */
  readonly manages: boolean;
  /** It knows the messages about participants and controls. */
  readonly knowsControl: boolean;
  readonly origin: PeerOrigin;
  /** Whom its budgets are charged to. */
  readonly owner: Owner;
  /** What has to remain valid for it to stay. */
  readonly grants: readonly string[];
  /** Which seats it may take. */
  readonly rank: Rank;
  /** It subscribed to the state of the streamer. */
  readonly wantsEvents: boolean;
  /** Which messages it gets, and in which order. */
  readonly signals: PeerSignals;
  send(message: ServerSignal): void;
  /** Resolves when its socket is closed, within a second. Null: nothing went wrong. */
  close(error: MoonshareError | null): Promise<void>;
}
