import type { ProblemCode } from '../problem.ts';
import type { ViewerState } from './viewer-state.ts';

/** Why a connection ended for good, in as many kinds as a program treats differently. `problem` says it exactly. */
export const DisconnectReason = {
  /** This page closed it. */
  Closed: 'closed',
  /** The token or link is not (or no longer) valid, or allows less than was asked for. */
  AccessDenied: 'access-denied',
  /** The link needs a PIN, or another one. */
  PinNeeded: 'pin-needed',
  /** Somebody removed this viewer. */
  Removed: 'removed',
  /** There is no such streamer, or it was ended. */
  StreamerEnded: 'streamer-ended',
  /** The host, its pairing or its app is missing, or failed. */
  HostFailed: 'host-failed',
  /** This browser cannot play the stream. */
  Unsupported: 'unsupported',
} as const;
export type DisconnectReason = (typeof DisconnectReason)[keyof typeof DisconnectReason];

const REASONS: Partial<Record<ProblemCode, DisconnectReason>> = {
  BAD_REQUEST: 'access-denied',
  UNAUTHORIZED: 'access-denied',
  FORBIDDEN: 'access-denied',
  ACCESS_REVOKED: 'access-denied',
  LINK_USED_UP: 'access-denied',
  BROWSER_NOT_VOUCHED: 'access-denied',
  PIN_REQUIRED: 'pin-needed',
  PIN_WRONG: 'pin-needed',
  PEER_REMOVED: 'removed',
  NOT_FOUND: 'streamer-ended',
  STREAMER_NOT_FOUND: 'streamer-ended',
  STREAMER_STOPPED: 'streamer-ended',
  STREAMER_IDLE: 'streamer-ended',
  CODEC_UNSUPPORTED: 'unsupported',
  WEBRTC_MISSING: 'unsupported',
  WEBSOCKET_UNSUPPORTED: 'unsupported',
};

/** null: it has not ended; while it is reconnecting, it carries on by itself. */
export function disconnectReason(state: ViewerState): DisconnectReason | null {
  if (state.kind !== 'ended') return null;
  return state.problem === null ? 'closed' : (REASONS[state.problem.code] ?? 'host-failed');
}
