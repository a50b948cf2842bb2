import type { MoonshareError, Role, ServerSignal } from '@moonshare/contract';
import type { Owner } from '../auth/owner.ts';
import type { Rank } from '../limits/seats.ts';
import type { PeerSignals } from './peer-signals.ts';

/** By whose right a browser is here. Both null: the shared credentials. */
export interface PeerOrigin {
  user: string | null;
  linkId: number | null;
}

/** A browser at a streamer's door, as the streamer sees it; its socket is behind. */
export interface PeerSession {
  readonly id: string;
  readonly role: Role;
  readonly origin: PeerOrigin;
  /** Whom its budgets count to. */
  readonly owner: Owner;
  /** What has to hold for it to be here. */
  readonly grants: readonly string[];
  /** Which seats it may have. */
  readonly rank: Rank;
  /** It asked to be told the state of the streamer. */
  readonly wantsEvents: boolean;
  /** How it is told what happens. */
  readonly signals: PeerSignals;
  send(message: ServerSignal): void;
  /** Resolves when its socket is closed, which takes a second at most. null: nothing went wrong. */
  close(error: MoonshareError | null): Promise<void>;
}
