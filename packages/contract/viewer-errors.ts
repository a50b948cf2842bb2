import type { ErrorCode } from './error-codes.ts';

export interface ErrorEntry {
  /** HTTP status if the error ends a request. */
  status: number;
  /** The default text; callers of the older contract compare some of these literally (protocol/4 §2). */
  message: string;
  /** What a person can do about it. */
  hint: string;
}

/** The errors that a browser can meet as a code alone, as the reason of a closed socket or in the older contract; others come with their texts. */
export const VIEWER_ERRORS = {
  BAD_REQUEST: { status: 400, message: 'Bad request', hint: 'Check the request against the API reference.' },
  UNAUTHORIZED: {
    status: 401,
    message: 'Unauthorized',
    hint: 'Send "Authorization: Bearer <credentials>", or a fresh token in the query of the WebSocket URL.',
  },
  FORBIDDEN: { status: 403, message: 'Forbidden', hint: 'Use credentials, a token or a link that allows it.' },
  ACCESS_REVOKED: {
    status: 403,
    message: 'Your access was revoked or has expired',
    hint: 'Ask for a new link, or log in again.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'Payload too large', hint: 'Send less in one message.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests', hint: 'Wait a moment, then try again.' },
  INTERNAL: {
    status: 500,
    message: 'Internal server error',
    hint: 'The cause is in the server log. Please report it.',
  },
  NOT_READY: { status: 503, message: 'Not ready', hint: 'The server is still starting. Try again in a moment.' },
  SHUTTING_DOWN: { status: 503, message: 'The server is shutting down', hint: 'Try again once it is back up.' },
  STREAMER_IDLE: {
    status: 410,
    message: 'The streamer was ended because nobody was watching',
    hint: 'Start it again. MOONSHARE_IDLE_MINUTES sets how long a streamer runs without viewers; for legacy sessions it is MOONSHARE_LEGACY_IDLE_MINUTES.',
  },
  STREAMER_NOT_FOUND: {
    status: 404,
    message: 'Streamer not found',
    hint: 'GET /api/streamers lists the running ones.',
  },
  STREAMER_DIED: {
    status: 502,
    message: 'The streamer process ended unexpectedly',
    hint: 'Delete the streamer and start it again. The cause is in the server log.',
  },
  STREAMER_KEEPS_DYING: {
    status: 502,
    message: 'The streamer process keeps dying',
    hint: 'The cause is in the server log. Fix it, then start the streamer again.',
  },
  STREAMER_STOPPED: { status: 410, message: 'The streamer was ended', hint: 'Start it again to continue.' },
  VIEWER_LIMIT: { status: 503, message: 'Too many viewers', hint: 'Wait until someone leaves.' },
  VIEWER_TOTAL_LIMIT: {
    status: 503,
    message: 'Too many viewers on this server',
    hint: 'Wait until someone leaves, or raise MOONSHARE_MAX_TOTAL_VIEWERS.',
  },
  VIEWER_UNREACHABLE: {
    status: 502,
    message: 'No connection to the browser',
    hint: 'Allow UDP between the browser and the server, set up TURN, set MOONSHARE_PUBLIC_ADDRESS, or let media WebSockets through the proxy.',
  },
  VIEWER_SILENT: {
    status: 408,
    message: 'The browser stopped responding',
    hint: 'Check its network, then join again.',
  },
  CODEC_UNSUPPORTED: {
    status: 406,
    message: 'The browser cannot play the codec of this stream',
    hint: 'Use another browser, or have the stream started with a codec that this one can play.',
  },
  PEER_REMOVED: { status: 410, message: 'Removed by the server', hint: 'Join again if you are allowed to.' },
  HOST_NOT_FOUND: { status: 404, message: 'Host not found', hint: 'GET /api/hosts lists the known hosts.' },
  HOST_NOT_PAIRED: {
    status: 400,
    message: 'Host not paired',
    hint: 'Pair with the host (POST /api/pair), or set MOONLIGHT_INTERNAL_PAIRING_PIN on both sides.',
  },
  /** Not 409: to callers of the older contract that means that the streamer exists. */
  HOST_BUSY: {
    status: 503,
    message: "The host is busy with another app or someone else's session",
    hint: 'End that session on the host, or start the app that is already running.',
  },
  APP_NOT_FOUND: { status: 404, message: 'App not found', hint: 'GET /api/apps lists what the host offers.' },
  TERMINATED: {
    status: 502,
    message: 'The host ended the session',
    hint: 'Start the streamer again to restart the app.',
  },
} as const satisfies Partial<Record<ErrorCode, ErrorEntry>>;
