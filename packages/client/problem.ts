import { type ErrorBody, type ErrorCode, VIEWER_ERRORS } from '@moonshare/contract/browser';

/** Problems that only a browser can detect, besides the codes of the contract. */
const BROWSER_ERRORS = {
  SERVER_UNREACHABLE: {
    message: 'The server is not responding',
    hint: 'Is the server running, and is this device online?',
  },
  ORIGIN_REFUSED: {
    message: 'The server does not let pages of this site show streams',
    hint: 'Whoever runs the server has to add the origin of this page to allowedOrigins (MOONSHARE_ALLOWED_ORIGINS).',
  },
  TOKEN_UNAVAILABLE: {
    message: 'This site could not get access to the stream',
    hint: 'Its own server did not give it a token. It tries again by itself.',
  },
  SERVER_BAD_REPLY: {
    message: 'The server sent an unexpected reply',
    hint: 'Is this the address of a Moonshare server? A proxy in between may be misconfigured.',
  },
  MEDIA_LOST: {
    message: 'The connection for picture and sound was lost',
    hint: 'Is this device online?',
  },
  CONNECTION_STALLED: {
    message: 'No data is coming through',
    hint: 'This device may have changed networks: another Wi-Fi, a cable, a VPN.',
  },
  WEBRTC_MISSING: {
    message: 'This browser does not support WebRTC',
    hint: 'Use a current Chrome, Edge, Firefox or Safari, and turn off extensions that block WebRTC.',
  },
  WEBSOCKET_UNSUPPORTED: {
    message: 'This browser cannot play picture and sound over a WebSocket',
    hint: 'Use HTTPS, and a current Chrome, Edge, Firefox or Safari.',
  },
} as const;

export type ProblemCode = ErrorCode | keyof typeof BROWSER_ERRORS;

const TEXTS: Partial<Record<ProblemCode, { message: string; hint: string }>> = { ...VIEWER_ERRORS, ...BROWSER_ERRORS };

/** For codes that come with texts, should one ever come without. */
const UNEXPLAINED = {
  message: 'The server ended the connection',
  hint: 'Whoever runs the server can look up what its code means.',
};

/** Why something does not work: what happened, and what a person can do about it. */
export interface Problem {
  code: ProblemCode;
  message: string;
  hint: string;
}

export function problem(code: ProblemCode): Problem {
  const { message, hint } = TEXTS[code] ?? UNEXPLAINED;
  return { code, message, hint };
}

export function problemFromBody(body: ErrorBody): Problem {
  return { code: body.code, message: body.error, hint: body.hint };
}

/** Trying again is no use until somebody does something. */
const FINAL: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'ACCESS_REVOKED',
  'PIN_REQUIRED',
  'PIN_WRONG',
  'LINK_USED_UP',
  'BROWSER_NOT_VOUCHED',
  'NOT_FOUND',
  'STREAMER_NOT_FOUND',
  'STREAMER_STOPPED',
  'CODEC_UNSUPPORTED',
  'PEER_REMOVED',
  'HOST_NOT_FOUND',
  'HOST_NOT_PAIRED',
  'APP_NOT_FOUND',
  'WEBRTC_MISSING',
  'WEBSOCKET_UNSUPPORTED',
]);

export function isFinal(code: ProblemCode): boolean {
  return FINAL.has(code);
}
