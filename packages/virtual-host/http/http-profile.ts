import type { DisplayMode } from '@moonshare/gamestream';

/** In what hosts differ over HTTP. */
export interface HttpProfile {
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
