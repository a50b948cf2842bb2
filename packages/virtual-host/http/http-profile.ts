import type { DisplayMode } from '@moonshare/gamestream';

/** How hosts differ over HTTP. */
export interface HttpProfile {
  /** The HTTP status that goes with an XML reply. */
  statusOf(xml: string): number;
  /** Replies have Content-Length as their only header. */
  bare: boolean;
  /** `ServerCodecModeSupport`. */
  codecModes: number;
  /** Listed in the server info of a Wolf, which then also gives its MAC over plain HTTP; null: none. */
  displayModes: DisplayMode[] | null;
  /** A pairing whose client has gone keeps waiting for the PIN, and may be the one that gets it. */
  keepsAbandonedPairings: boolean;
  /** A client counts as paired only if it also names itself, protocol/1 §3.1. */
  pairedNeedsUniqueId: boolean;
  /** Closes the connection without a reply where others explain: bad launch parameters, unexpected pairing phases. */
  silentOnBadRequest: boolean;
  boxArt: boolean;
  /** A 400 without a length follows the reply to `/resume` on the same connection. */
  repliesTwiceToResume: boolean;
  /** Closes a connection without waiting for the client's side, so that anything it still sends meets a reset. */
  closesAbruptly: boolean;
}
