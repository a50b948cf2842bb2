/** Every way a GameStream operation can fail. Codes are stable; messages are for people. */
export type GameStreamErrorCode =
  | 'HOST_UNREACHABLE' // no TCP connection, or it broke before an answer
  | 'HOST_TIMEOUT' // connected, but no answer in time
  | 'HOST_BAD_REPLY' // an answer that is not the protocol
  | 'HOST_UNSUPPORTED' // older than 7.1.431, or lacks what was asked for
  | 'HOST_CANNOT' // it lacks this, as most hosts do
  | 'HOST_NOT_PAIRED' // the host does not know this certificate
  | 'HOST_CERTIFICATE_CHANGED' // not the certificate pinned at pairing
  | 'HOST_BUSY' // runs another app or another client's session
  | 'HOST_REFUSED' // answered, and said no
  | 'HOST_ENCRYPTION_REQUIRED'
  | 'HOST_ENCRYPTION_UNAVAILABLE' // all was to be encrypted, and the host does not offer that
  | 'APP_NOT_FOUND'
  | 'NO_SESSION' // nothing to resume, or the host dropped the pending session
  | 'PAIRING_IN_PROGRESS'
  | 'PAIRING_WRONG_PIN'
  | 'PAIRING_REJECTED'
  | 'PAIRING_TIMED_OUT' // nobody typed the PIN
  | 'PAIRING_FORGED' // the host could not prove its certificate
  | 'RTSP_FAILED'
  | 'CONTROL_FAILED' // ENet could not connect
  | 'CONTROL_LOST' // ENet was connected and died
  | 'NO_VIDEO' // nothing, or no complete frame, within the limit
  | 'TERMINATED' // the host ended the session
  | 'MALFORMED' // bytes from the wire that no parser accepts
  | 'NOT_CONNECTED' // a send on something closed
  | 'INVALID_ARGUMENT'; // the caller's mistake

export class GameStreamError extends Error {
  override readonly name = 'GameStreamError';
  readonly code: GameStreamErrorCode;
  /** What a person can do about it. */
  readonly hint: string | undefined;

  constructor(code: GameStreamErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * HOST_NOT_PAIRED from the host itself: it presented the certificate pinned at pairing, and then refused the client's.
 * Other HOST_NOT_PAIRED errors may come from somebody in between, or from a host in trouble.
 */
export class ClientRefusedError extends GameStreamError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('HOST_NOT_PAIRED', message, { hint: 'Pair with this host again.', ...options });
  }
}
