import { z } from 'zod';

interface ErrorEntry {
  /** HTTP status where the error ends a request. */
  status: number;
  /** The default text; callers of the older contract compare some of these literally (protocol/4 §2). */
  message: string;
  /** What a person can do about it. */
  hint: string;
}

/** Every error a caller can meet. docs/errors.md is made from this table and error-causes.ts. */
export const ERRORS = {
  BAD_REQUEST: { status: 400, message: 'Bad request', hint: 'Compare the request with the API reference.' },
  UNAUTHORIZED: {
    status: 401,
    message: 'Unauthorized',
    hint: 'Send "Authorization: Bearer <credentials>", or a fresh token in the WebSocket query.',
  },
  FORBIDDEN: { status: 403, message: 'Forbidden', hint: 'Use credentials, a token or a link that allow it.' },
  ACCESS_REVOKED: {
    status: 403,
    message: 'Access was withdrawn or has expired',
    hint: 'Ask for a new link, or log in again.',
  },
  LOGIN_FAILED: {
    status: 401,
    message: 'User or password is wrong',
    hint: 'Try again; an admin can set a new password.',
  },
  PIN_REQUIRED: { status: 401, message: 'This link wants a PIN', hint: 'Ask whoever sent the link for the PIN.' },
  PIN_WRONG: { status: 401, message: 'The PIN is wrong', hint: 'Ask whoever sent the link for the PIN.' },
  LINK_USED_UP: {
    status: 403,
    message: 'This link has been used as often as it may be',
    hint: 'Ask for a new link.',
  },
  NOT_FOUND: { status: 404, message: 'Not found', hint: 'Compare the path with the API reference.' },
  LINK_NOT_FOUND: {
    status: 404,
    message: 'Link not found',
    hint: 'GET /api/streamers/{id}/links lists those of a streamer.',
  },
  SHARE_NOT_FOUND: {
    status: 404,
    message: 'Share not found',
    hint: 'GET /api/streamers/{id}/shares lists those of a streamer.',
  },
  TOKEN_NOT_FOUND: { status: 404, message: 'Token not found', hint: 'GET /api/tokens lists them.' },
  USER_NOT_FOUND: { status: 404, message: 'User not found', hint: 'GET /api/users lists them.' },
  USER_EXISTS: { status: 409, message: 'User already exists', hint: 'Choose another name.' },
  LAST_ADMIN: {
    status: 409,
    message: 'This is the last admin',
    hint: 'Make another user an admin first.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'Payload too large', hint: 'Send less in one message.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests', hint: 'Wait a little and try again.' },
  INTERNAL: { status: 500, message: 'Internal server error', hint: 'The server log has the cause; please report it.' },
  NOT_READY: { status: 503, message: 'Not ready', hint: 'The server is starting; try again in a moment.' },
  SHUTTING_DOWN: { status: 503, message: 'Server is stopping', hint: 'Try again when the server is up.' },

  VIRTUAL_HOST_MISSING: {
    status: 500,
    message: 'The virtual host is for development and is not installed here',
    hint: 'Set MOONSHARE_HOST to a real host, or run npm ci without --omit=dev in a checkout.',
  },
  CONFIG_INVALID: {
    status: 500,
    message: 'Configuration is not valid',
    hint: 'Correct the settings named; moonshare --help lists them all.',
  },
  PORT_IN_USE: {
    status: 500,
    message: 'The port is taken',
    hint: 'Choose another one (PORT=8081), or end the program that holds it.',
  },
  SERVER_UNREACHABLE: {
    status: 502,
    message: 'No moonshare answers there',
    hint: 'Start it (moonshare serve); the command needs the same settings as the server, or MOONSHARE_SERVER_URL.',
  },
  DATA_IN_USE: {
    status: 500,
    message: 'Another moonshare uses this data directory',
    hint: 'End it, or set MOONSHARE_DATA to another directory.',
  },
  STORE_DAMAGED: {
    status: 500,
    message: 'The database is damaged or gone',
    hint: 'Bring back a backup (moonshare restore FILE). To begin anew, without any of the old data, move the file away.',
  },
  STORE_FOREIGN: {
    status: 500,
    message: 'The database belongs to another program',
    hint: 'Set MOONSHARE_DATA to a directory of its own.',
  },
  STORE_UNWRITABLE: {
    status: 503,
    message: 'The database cannot be written',
    hint: 'Check that the disk of the data directory (MOONSHARE_DATA) is not full, not read-only and not failing.',
  },

  STREAMER_EXISTS: {
    status: 409,
    message: 'Streamer already exists',
    hint: 'Join the running streamer, or delete it first.',
  },
  STREAMER_ID_TAKEN: {
    status: 409,
    message: 'This streamer id is taken',
    hint: 'Choose another one: ids are the same for all users of a server.',
  },
  STREAMER_DIFFERS: {
    status: 409,
    message: 'A streamer with this id has other settings',
    hint: 'Delete it first, or ask for it with the settings that it has.',
  },
  STREAMER_LIMIT: {
    status: 503,
    message: 'Too many streamers',
    hint: 'End one, or raise MOONSHARE_MAX_STREAMERS.',
  },
  STREAMER_IDLE: {
    status: 410,
    message: 'The streamer was ended because nobody watched it',
    hint: 'Start it again to go on. MOONSHARE_IDLE_MINUTES, for legacy sessions MOONSHARE_LEGACY_IDLE_MINUTES, says how long one without viewers goes on.',
  },
  STREAMER_NOT_FOUND: { status: 404, message: 'Streamer not found', hint: 'GET /api/streamers lists those that run.' },
  STREAMER_NOT_ACTIVE: {
    status: 409,
    message: 'The streamer has no session with its host now',
    hint: 'Wait until its status is active (GET /api/streamers/{id}, or GET /api/events).',
  },
  STREAMER_DIED: {
    status: 502,
    message: 'The streamer process ended unexpectedly',
    hint: 'Delete the streamer and start it again; the server log has the cause.',
  },
  STREAMER_KEEPS_DYING: {
    status: 502,
    message: 'The streamer process died again and again',
    hint: 'The server log has the cause; start the streamer again when that is mended.',
  },
  STREAMER_STOPPED: { status: 410, message: 'The streamer was ended', hint: 'Start it again to go on.' },
  UDP_PORTS_EXHAUSTED: {
    status: 503,
    message: 'No UDP port is free for another streamer',
    hint: 'Widen MOONSHARE_UDP_PORTS or end a streamer.',
  },
  VIEWER_LIMIT: { status: 503, message: 'Too many viewers', hint: 'Wait until somebody leaves.' },
  VIEWER_TOTAL_LIMIT: {
    status: 503,
    message: 'Too many viewers on this server',
    hint: 'Wait until somebody leaves, or raise MOONSHARE_MAX_TOTAL_VIEWERS.',
  },
  VIEWER_UNREACHABLE: {
    status: 502,
    message: 'No connection to the browser',
    hint: 'Allow UDP between browser and server, or set MOONSHARE_PUBLIC_ADDRESS.',
  },
  VIEWER_SILENT: { status: 408, message: 'The browser went silent', hint: 'Check its network and join again.' },
  CODEC_UNSUPPORTED: {
    status: 406,
    message: 'The browser cannot play the codec of this stream',
    hint: 'Use another browser, or have the stream started in a codec that this one plays.',
  },
  PEER_NOT_FOUND: {
    status: 404,
    message: 'Viewer not found',
    hint: 'GET /api/streamers/{id} lists those that are here; it may have left meanwhile.',
  },
  PEER_REMOVED: { status: 410, message: 'Removed by the server', hint: 'Join again if you may.' },

  HOST_NOT_FOUND: { status: 404, message: 'Host not found', hint: 'GET /api/hosts lists the known hosts.' },
  HOST_NOT_PAIRED: {
    status: 400,
    message: 'Host not paired',
    hint: 'Pair the host (POST /api/pair), or set MOONLIGHT_INTERNAL_PAIRING_PIN on both sides.',
  },
  HOST_UNREACHABLE: {
    status: 502,
    message: 'Host cannot be reached',
    hint: 'Is it on, is the address right, does a firewall block its ports, by default TCP 47984, 47989 and 48010?',
  },
  HOST_TIMEOUT: {
    status: 504,
    message: 'Host does not answer in time',
    hint: 'Look at the host; it may be overloaded.',
  },
  HOST_BAD_REPLY: {
    status: 502,
    message: 'Host sent an answer that makes no sense',
    hint: 'Is this address a GameStream host? Update the host.',
  },
  HOST_UNSUPPORTED: {
    status: 502,
    message: 'Host is too old or lacks what was asked for',
    hint: 'Hosts from version 7.1.431 on are supported (Sunshine, Wolf).',
  },
  HOST_CERTIFICATE_CHANGED: {
    status: 502,
    message: 'Host shows another certificate than at pairing',
    hint: 'If the host was reinstalled, remove it here and pair it again; otherwise somebody may be in the middle.',
  },
  /** No 409: to callers of the older contract that says that the streamer exists. */
  HOST_BUSY: {
    status: 503,
    message: "Host is busy with another app or somebody else's session",
    hint: 'End that session on the host, or start the app that runs.',
  },
  HOST_IN_USE: { status: 409, message: 'Streamers run on this host', hint: 'Delete them first.' },
  HOST_REFUSED: { status: 502, message: 'Host refused', hint: 'The message of the host says why; look at its log.' },
  HOST_ENCRYPTION_REQUIRED: {
    status: 502,
    message: 'Host demands encryption',
    hint: 'Allow encryption for this stream or relax it on the host.',
  },
  HOST_ENCRYPTION_UNAVAILABLE: {
    status: 502,
    message: 'Host does not offer to encrypt the whole stream',
    hint: 'Turn encryption on at the host (Sunshine: mode 1 or 2 for its network), or set hostEncryption to auto.',
  },
  APP_NOT_FOUND: { status: 404, message: 'App not found', hint: 'GET /api/apps lists what the host offers.' },
  NO_SESSION: { status: 502, message: 'The session on the host is gone', hint: 'Start the streamer again.' },
  PAIRING_IN_PROGRESS: {
    status: 409,
    message: 'Another pairing is under way',
    hint: 'Finish it or wait five minutes.',
  },
  PAIRING_WRONG_PIN: { status: 400, message: 'Wrong PIN', hint: 'Start pairing again and type the PIN shown.' },
  PAIRING_REJECTED: { status: 400, message: 'Host rejected the pairing', hint: 'Start pairing again.' },
  PAIRING_TIMED_OUT: {
    status: 408,
    message: 'Nobody typed the PIN in time',
    hint: 'Start pairing again and type the PIN at the host within five minutes.',
  },
  PAIRING_CANCELLED: {
    status: 410,
    message: 'The pairing was called off',
    hint: 'Start pairing again, and stay until the PIN has been typed.',
  },
  PAIRING_FORGED: {
    status: 502,
    message: 'Host could not prove its certificate',
    hint: 'Somebody may be in the middle; check the network before you pair.',
  },
  RTSP_FAILED: { status: 502, message: 'Stream set-up with the host failed', hint: 'Try again; look at the host log.' },
  CONTROL_FAILED: {
    status: 502,
    message: 'No control connection to the host',
    hint: 'Does a firewall block the control port of the host, by default UDP 47999?',
  },
  CONTROL_LOST: { status: 502, message: 'Connection to the host was lost', hint: 'Is the host still on?' },
  NO_VIDEO: {
    status: 502,
    message: 'Host sends no picture',
    hint: 'Does a firewall block the media ports of the host, by default UDP 47998 and 48000, or 48100 and 48200 of a Wolf? Has it a display?',
  },
  TERMINATED: {
    status: 502,
    message: 'Host ended the session',
    hint: 'Start the streamer again to start the app again.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const errorCodeSchema = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

/** The body of every failed request, and what peers and process messages carry. `error` is the older contract's field. */
export const errorBodySchema = z.object({ error: z.string(), code: errorCodeSchema, hint: z.string() });
export type ErrorBody = z.infer<typeof errorBodySchema>;

export class MoonshareError extends Error {
  override readonly name = 'MoonshareError';
  readonly code: ErrorCode;
  readonly hint: string;

  /** Without `message` or `hint` the table's texts are used. */
  constructor(code: ErrorCode, options: { message?: string; hint?: string | undefined; cause?: unknown } = {}) {
    super(options.message ?? ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  toBody(): ErrorBody {
    return { error: this.message, code: this.code, hint: this.hint };
  }

  static fromBody(body: ErrorBody): MoonshareError {
    return new MoonshareError(body.code, { message: body.error, hint: body.hint });
  }

  /** Any thrown value as a coded error; GameStream errors keep their code (same names on purpose). */
  static from(value: unknown): MoonshareError {
    if (value instanceof MoonshareError) return value;
    if (value instanceof Error && 'code' in value && isErrorCode(value.code)) {
      const hint = 'hint' in value && typeof value.hint === 'string' ? value.hint : undefined;
      return new MoonshareError(value.code, { message: value.message, hint, cause: value });
    }
    return new MoonshareError('INTERNAL', { cause: value });
  }
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
