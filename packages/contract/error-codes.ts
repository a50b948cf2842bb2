/** The code of every error a caller can meet, in the order of the documents. Separate from the texts, most of which browsers do not need. */
export const ERROR_CODES = [
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'ACCESS_REVOKED',
  'LOGIN_FAILED',
  'PIN_REQUIRED',
  'PIN_WRONG',
  'LINK_USED_UP',
  'NOT_FOUND',
  'LINK_NOT_FOUND',
  'SHARE_NOT_FOUND',
  'TOKEN_NOT_FOUND',
  'USER_NOT_FOUND',
  'USER_EXISTS',
  'LAST_ADMIN',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'INTERNAL',
  'NOT_READY',
  'SHUTTING_DOWN',
  'VIRTUAL_HOST_MISSING',
  'CONFIG_INVALID',
  'PORT_IN_USE',
  'SERVER_UNREACHABLE',
  'DATA_IN_USE',
  'STORE_DAMAGED',
  'STORE_FOREIGN',
  'STORE_UNWRITABLE',
  'STREAMER_EXISTS',
  'STREAMER_ID_TAKEN',
  'STREAMER_DIFFERS',
  'STREAMER_LIMIT',
  'STREAMER_IDLE',
  'STREAMER_NOT_FOUND',
  'STREAMER_NOT_ACTIVE',
  'STREAMER_DIED',
  'STREAMER_KEEPS_DYING',
  'STREAMER_STOPPED',
  'BIND_ADDRESS_MISSING',
  'UDP_PORT_FORBIDDEN',
  'UDP_PORTS_EXHAUSTED',
  'WEBRTC_STACK_MISSING',
  'VIEWER_LIMIT',
  'VIEWER_TOTAL_LIMIT',
  'VIEWER_UNREACHABLE',
  'VIEWER_SILENT',
  'CODEC_UNSUPPORTED',
  'DECODER_MISSING',
  'DECODER_FAILED',
  'DECODER_LIMIT',
  'PICTURE_LIMIT',
  'PICTURE_TIMEOUT',
  'WAIT_TIMEOUT',
  'PEER_NOT_FOUND',
  'PARTICIPANT_NOT_FOUND',
  'CONTROL_TAKEN',
  'CONTROL_DENIED',
  'PEER_REMOVED',
  'HOST_NOT_FOUND',
  'HOST_NOT_PAIRED',
  'HOST_UNREACHABLE',
  'HOST_TIMEOUT',
  'HOST_BAD_REPLY',
  'HOST_UNSUPPORTED',
  'HOST_CANNOT',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_BUSY',
  'HOST_IN_USE',
  'HOST_REFUSED',
  'HOST_ENCRYPTION_REQUIRED',
  'HOST_ENCRYPTION_UNAVAILABLE',
  'APP_NOT_FOUND',
  'NO_SESSION',
  'PAIRING_IN_PROGRESS',
  'PAIRING_WRONG_PIN',
  'PAIRING_REJECTED',
  'PAIRING_TIMED_OUT',
  'PAIRING_CANCELLED',
  'PAIRING_FORGED',
  'RTSP_FAILED',
  'CONTROL_FAILED',
  'CONTROL_LOST',
  'NO_VIDEO',
  'TERMINATED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The body of every failed request; also part of peer and process messages. `error` is the older contract's field. */
export interface ErrorBody {
  error: string;
  code: ErrorCode;
  hint: string;
  /** What a program needs to go on. */
  details?: Record<string, unknown>;
}

const KNOWN: ReadonlySet<unknown> = new Set(ERROR_CODES);

export function isErrorCode(value: unknown): value is ErrorCode {
  return KNOWN.has(value);
}
