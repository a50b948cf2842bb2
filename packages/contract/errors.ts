import { type ErrorBody, type ErrorCode, isErrorCode } from './error-codes.ts';
import { type ErrorEntry, VIEWER_ERRORS } from './viewer-errors.ts';

/** Every error a caller can meet. docs/errors.md is generated from this table and error-causes.ts. */
export const ERRORS = {
  ...VIEWER_ERRORS,

  LOGIN_FAILED: {
    status: 401,
    message: 'Wrong user name or password',
    hint: 'Try again, or ask an admin to set a new password.',
  },
  PIN_REQUIRED: { status: 401, message: 'This link needs a PIN', hint: 'Ask whoever sent the link for the PIN.' },
  PIN_WRONG: { status: 401, message: 'Wrong PIN', hint: 'Ask whoever sent the link for the PIN.' },
  LINK_USED_UP: {
    status: 403,
    message: 'This link has been used up',
    hint: 'Ask for a new link.',
  },
  BROWSER_NOT_VOUCHED: {
    status: 403,
    message: 'This link does not open in this browser',
    hint: 'Open it in the browser in which you use the site or app that gave it to you, starting there.',
  },
  NOT_FOUND: { status: 404, message: 'Not found', hint: 'Check the path against the API reference.' },
  LINK_NOT_FOUND: {
    status: 404,
    message: 'Link not found',
    hint: 'GET /api/streamers/{id}/links lists the links of a streamer.',
  },
  SHARE_NOT_FOUND: {
    status: 404,
    message: 'Share not found',
    hint: 'GET /api/streamers/{id}/shares lists the shares of a streamer.',
  },
  TOKEN_NOT_FOUND: { status: 404, message: 'Token not found', hint: 'GET /api/tokens lists your tokens.' },
  WEBHOOK_NOT_FOUND: { status: 404, message: 'Webhook not found', hint: 'GET /api/webhooks lists the webhooks.' },
  WEBHOOK_URL_REFUSED: {
    status: 400,
    message: 'Webhooks cannot be sent there',
    hint: 'Use an https address on the public Internet. MOONSHARE_WEBHOOK_HTTP and MOONSHARE_WEBHOOK_PRIVATE_ADDRESSES allow others.',
  },
  WEBHOOK_LIMIT: {
    status: 409,
    message: 'There are too many webhooks',
    hint: 'Remove one that is not needed any more.',
  },
  USER_NOT_FOUND: { status: 404, message: 'User not found', hint: 'GET /api/users lists the users.' },
  USER_EXISTS: { status: 409, message: 'User already exists', hint: 'Choose another name.' },
  LAST_ADMIN: {
    status: 409,
    message: 'This is the last admin',
    hint: 'Make another user an admin first.',
  },

  VIRTUAL_HOST_MISSING: {
    status: 500,
    message: 'The virtual host is a development tool, and its encoder is not installed here',
    hint: 'Set MOONSHARE_HOST to a real host, or install the encoder where Moonshare is installed: npm install --no-save node-av@6 (with -g if Moonshare was; with npx: npx -p moonshare -p node-av@6 moonshare demo).',
  },
  CONFIG_INVALID: {
    status: 500,
    message: 'The configuration is invalid',
    hint: 'Correct the settings named here. moonshare serve --help lists them all.',
  },
  PORT_IN_USE: {
    status: 500,
    message: 'The port is already in use',
    hint: 'Choose another port (PORT=8081), or stop the program that uses this one.',
  },
  SERVER_UNREACHABLE: {
    status: 502,
    message: 'No Moonshare server answers there',
    hint: 'Start it with moonshare serve. Commands need the same settings as the server, or MOONSHARE_SERVER_URL.',
  },
  DATA_IN_USE: {
    status: 500,
    message: 'Another Moonshare process is using this data directory',
    hint: 'Stop it, or set MOONSHARE_DATA to another directory.',
  },
  STORE_DAMAGED: {
    status: 500,
    message: 'The database is damaged or missing',
    hint: 'Restore a backup (moonshare restore FILE). To start over without any of the old data, move the file away.',
  },
  STORE_FOREIGN: {
    status: 500,
    message: 'The database belongs to another program',
    hint: 'Set MOONSHARE_DATA to a directory that only Moonshare uses.',
  },
  STORE_UNWRITABLE: {
    status: 503,
    message: 'Cannot write to the database',
    hint: 'Check whether the disk that holds the data directory (MOONSHARE_DATA) is full, read-only or failing.',
  },

  STREAMER_EXISTS: {
    status: 409,
    message: 'Streamer already exists',
    hint: 'Join the running streamer, or delete it first.',
  },
  STREAMER_ID_TAKEN: {
    status: 409,
    message: 'This streamer ID is taken',
    hint: 'Choose another one: all users of a server share one set of IDs.',
  },
  STREAMER_DIFFERS: {
    status: 409,
    message: 'A streamer with this ID is running with different settings',
    hint: 'Delete it first, or ask for the settings it already has.',
  },
  STREAMER_LIMIT: {
    status: 503,
    message: 'Too many streamers',
    hint: 'End a streamer, or raise MOONSHARE_MAX_STREAMERS.',
  },
  STREAMER_NOT_ACTIVE: {
    status: 409,
    message: 'The streamer has no session with its host at the moment',
    hint: 'Wait until its status is active (GET /api/streamers/{id}, or GET /api/events).',
  },
  BIND_ADDRESS_MISSING: {
    status: 500,
    message: 'This machine does not have the address that streamers are to use',
    hint: 'Set MOONSHARE_BIND to an address of this machine, or to 0.0.0.0 for all of them.',
  },
  UDP_PORT_FORBIDDEN: {
    status: 500,
    message: 'This machine does not let a streamer use its UDP port',
    hint: 'Set MOONSHARE_UDP_PORTS to ports from 1024 up, or lift what forbids them (a sandbox, SELinux).',
  },
  UDP_PORTS_EXHAUSTED: {
    status: 503,
    message: 'No free UDP port for another streamer',
    hint: 'Widen MOONSHARE_UDP_PORTS, or end a streamer.',
  },
  WEBRTC_STACK_MISSING: {
    status: 500,
    message: 'The native WebRTC stack does not run here',
    hint: 'Run moonshare doctor, which says why. Fix that, or set MOONSHARE_WEBRTC_STACK to auto.',
  },
  DECODER_MISSING: {
    status: 501,
    message: 'The decoder for pictures is not installed',
    hint: 'Install it where Moonshare is installed: npm install --no-save node-av@6 (with -g if Moonshare was). Its FFmpeg is under the GPL, so it does not come with Moonshare.',
  },
  DECODER_FAILED: {
    status: 502,
    message: 'The picture could not be decoded',
    hint: 'Try again. If it keeps failing, the server log has the cause.',
  },
  DECODER_LIMIT: {
    status: 503,
    message: 'Too many decoders are running',
    hint: 'Try again in a few seconds, or raise MOONSHARE_MAX_DECODERS.',
  },
  PICTURE_LIMIT: {
    status: 429,
    message: 'Too many requests for pictures of this streamer are under way',
    hint: 'Wait for the answers to earlier ones.',
  },
  PICTURE_TIMEOUT: {
    status: 504,
    message: 'There was no picture in time',
    hint: 'The host may send none at the moment: see the status of the streamer. timeout_ms allows more time.',
  },
  WAIT_TIMEOUT: {
    status: 408,
    message: 'What was waited for did not happen in time',
    hint: 'Take a screenshot to see why, wait for a region, set a threshold, or allow more time with timeout_ms.',
  },
  PEER_NOT_FOUND: {
    status: 404,
    message: 'Viewer not found',
    hint: 'GET /api/streamers/{id} lists the current viewers; this one may have left.',
  },
  PARTICIPANT_NOT_FOUND: {
    status: 404,
    message: 'Participant not found',
    hint: 'GET /api/streamers/{id}/participants lists who is there; this one may have left.',
  },
  CONTROL_TAKEN: {
    status: 409,
    message: 'Somebody else has the controls',
    hint: 'POST /api/streamers/{id}/control with {"action": "request"}, and wait for control.changed; details says who has them.',
  },
  CONTROL_DENIED: {
    status: 403,
    message: 'The controls were refused',
    hint: 'Ask again later, or ask a person who has the controls to give them.',
  },
  KEY_UNKNOWN: {
    status: 400,
    message: 'There is no key of this name',
    hint: 'Use the names of xdotool (Return, Page_Down, ctrl+shift+t) or of the W3C (Enter, PageDown). A type action types any text.',
  },
  OUTSIDE_PICTURE: {
    status: 400,
    message: 'This is outside of the picture',
    hint: 'Coordinates are pixels of the last screenshot that this agent was given, otherwise of the stream; `picture` in the request says of what size.',
  },

  HOST_UNREACHABLE: {
    status: 502,
    message: 'Cannot reach the host',
    hint: 'Check that it is on, that the address is right, and that no firewall blocks its ports (by default TCP 47984, 47989 and 48010).',
  },
  HOST_TIMEOUT: {
    status: 504,
    message: 'The host did not answer in time',
    hint: 'Check the host; it may be overloaded.',
  },
  HOST_BAD_REPLY: {
    status: 502,
    message: 'The host sent an answer that cannot be understood',
    hint: 'Check that a GameStream host runs at this address, and that its software is up to date.',
  },
  HOST_UNSUPPORTED: {
    status: 502,
    message: 'The host is too old, or cannot do what was asked for',
    hint: 'Hosts that report version 7.1.431 or later are supported (Sunshine, Wolf).',
  },
  HOST_CANNOT: {
    status: 501,
    message: 'The host cannot change the bitrate of a running stream',
    hint: 'Delete the streamer and start it with the bitrate you want. Most hosts, Sunshine among them, set it only at the start.',
  },
  HOST_CERTIFICATE_CHANGED: {
    status: 502,
    message: 'The certificate of the host has changed since pairing',
    hint: 'If the host was reinstalled, remove it here and pair it again. Otherwise someone may be intercepting the connection.',
  },
  HOST_IN_USE: { status: 409, message: 'Streamers are running on this host', hint: 'Delete them first.' },
  HOST_REFUSED: {
    status: 502,
    message: 'The host refused',
    hint: 'The message from the host says why; its log may say more.',
  },
  HOST_ENCRYPTION_REQUIRED: {
    status: 502,
    message: 'The host requires encryption',
    hint: 'Allow encryption for this stream, or stop requiring it on the host.',
  },
  HOST_ENCRYPTION_UNAVAILABLE: {
    status: 502,
    message: 'The host cannot encrypt the whole stream',
    hint: 'Turn on encryption at the host (Sunshine: mode 1 or 2 for its network), or set hostEncryption to auto.',
  },
  NO_SESSION: { status: 502, message: 'The session on the host is gone', hint: 'Start the streamer again.' },
  PAIRING_IN_PROGRESS: {
    status: 409,
    message: 'Another pairing is in progress',
    hint: 'Finish it, or wait five minutes.',
  },
  PAIRING_WRONG_PIN: {
    status: 400,
    message: 'Wrong PIN',
    hint: 'Start pairing again and enter the PIN that is shown.',
  },
  PAIRING_REJECTED: { status: 400, message: 'The host rejected the pairing', hint: 'Start pairing again.' },
  PAIRING_TIMED_OUT: {
    status: 408,
    message: 'The PIN was not entered in time',
    hint: 'Start pairing again and enter the PIN on the host within five minutes.',
  },
  PAIRING_CANCELLED: {
    status: 410,
    message: 'The pairing was cancelled',
    hint: 'Start pairing again, and wait until the PIN has been entered.',
  },
  PAIRING_FORGED: {
    status: 502,
    message: 'The host could not prove that its certificate is its own',
    hint: 'Someone may be intercepting the connection. Check the network before you pair.',
  },
  RTSP_FAILED: {
    status: 502,
    message: 'Setting up the stream with the host failed',
    hint: 'Try again; the log of the host may say why.',
  },
  CONTROL_FAILED: {
    status: 502,
    message: 'Could not open the control connection to the host',
    hint: 'Check that no firewall blocks the control port of the host (by default UDP 47999).',
  },
  CONTROL_LOST: {
    status: 502,
    message: 'The connection to the host was lost',
    hint: 'Check that the host is still on.',
  },
  NO_VIDEO: {
    status: 502,
    message: 'The host sends no picture',
    hint: 'Check that no firewall blocks the media ports of the host (by default UDP 47998 and 48000, on Wolf 48100 and 48200), and that the host has a display.',
  },
} as const satisfies Record<ErrorCode, ErrorEntry>;

export class MoonshareError extends Error {
  override readonly name = 'MoonshareError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown> | null;

  /** Without `message` or `hint`, the table's texts are used. */
  constructor(
    code: ErrorCode,
    options: { message?: string; hint?: string | undefined; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(options.message ?? ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.details = options.details ?? null;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toBody(): ErrorBody {
    const { message: error, code, hint, details } = this;
    return { error, code, hint, ...(details !== null && { details }) };
  }

  static fromBody(body: ErrorBody): MoonshareError {
    const { error: message, hint, details } = body;
    return new MoonshareError(body.code, { message, hint, ...(details !== undefined && { details }) });
  }

  /** Any thrown value as a coded error; GameStream errors keep their code (the names match on purpose). */
  static from(value: unknown): MoonshareError {
    if (value instanceof MoonshareError) return value;
    if (value instanceof Error && 'code' in value && isErrorCode(value.code)) {
      const hint = 'hint' in value && typeof value.hint === 'string' ? value.hint : undefined;
      return new MoonshareError(value.code, { message: value.message, hint, cause: value });
    }
    return new MoonshareError('INTERNAL', { cause: value });
  }
}
