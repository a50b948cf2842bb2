import type { ErrorCode } from './error-codes.ts';

/** What causes each error, for docs/errors.md and the API reference. Separate from errors.ts because browsers do not need it. */
export const ERROR_CAUSES: Readonly<Record<ErrorCode, string>> = {
  BAD_REQUEST: 'A field, parameter or message is malformed, or is not one that the API knows.',
  UNAUTHORIZED: 'The request has no credentials, or they are not (or no longer) valid; the answer does not tell which.',
  FORBIDDEN:
    'The caller is known, but its role, its scopes or the way a streamer is shared allow less; or a page from another origin tried to change something.',
  ACCESS_REVOKED:
    'What let this browser in is no longer valid: its link was revoked or has expired, its user logged out, or its role changed.',
  LOGIN_FAILED: 'There is no such user, or the password is wrong; the answer does not tell which.',
  PIN_REQUIRED: 'The link was made with a PIN, and this browser has not given it yet.',
  PIN_WRONG: 'The PIN is not the one the link was made with.',
  LINK_USED_UP: 'The link has let in as many browsers as its max_uses allows.',
  BROWSER_NOT_VOUCHED:
    'The link was made for vouched browsers. This one has not been vouched for by the account that made it, was so too long ago, or has no cookies here.',
  NOT_FOUND: 'No route has this path and method, or the web app has not been built.',
  LINK_NOT_FOUND: 'This streamer has no link with that ID: it was revoked, has expired, or ended with its streamer.',
  SHARE_NOT_FOUND: 'The streamer is not shared with that user, or no longer is.',
  TOKEN_NOT_FOUND: 'There is no token with that ID, or it belongs to someone else.',
  WEBHOOK_NOT_FOUND: 'There is no webhook with that ID.',
  WEBHOOK_URL_REFUSED: 'The address is not https, is not on the public Internet, or contains a password.',
  WEBHOOK_LIMIT: 'A server has 20 webhooks at most.',
  USER_NOT_FOUND: 'No user has that name.',
  USER_EXISTS: 'The name is taken; upper and lower case count as the same.',
  LAST_ADMIN: 'Without this user, nobody could manage users any more.',
  PAYLOAD_TOO_LARGE: 'The body is larger than 64 KiB, or the headers are larger than 16 KiB.',
  RATE_LIMITED:
    'Too many wrong passwords, PINs or tokens came from this address or for this link, too many browsers joined through them, or a browser sent more than a viewer may.',
  INTERNAL: 'A bug in Moonshare itself.',
  NOT_READY: 'The server is not listening yet, or its database is closed.',
  SHUTTING_DOWN: 'The server was told to stop and is ending its streamers.',

  VIRTUAL_HOST_MISSING:
    'The demo streams from a virtual host, whose encoders (node-av, with a GPL FFmpeg) are not part of what ships.',
  CONFIG_INVALID: 'A setting is malformed or unknown, or names something that cannot be used.',
  PORT_IN_USE: 'Another program is listening on the port that the settings name.',
  SERVER_UNREACHABLE: 'Nothing, or something else, is listening where the command looked for the server.',
  DATA_IN_USE: 'A running server, or a command, has the database in this directory open.',
  STORE_DAMAGED: 'The file moonshare.db in the data directory is empty, is not a database, or has been altered.',
  STORE_FOREIGN: 'There is a moonshare.db, but it is a database without the tables of Moonshare.',
  STORE_UNWRITABLE:
    'The disk is full, read-only or failing. Whatever is revoked counts as revoked all the same, and is stored later.',

  STREAMER_EXISTS: 'A streamer with that ID is running or starting.',
  STREAMER_ID_TAKEN: 'Another user has a streamer with that ID, or had one before streamers had owners.',
  STREAMER_DIFFERS: 'A PUT asks for settings other than those of the running streamer with that ID.',
  STREAMER_LIMIT: 'As many streamers are running as MOONSHARE_MAX_STREAMERS allows.',
  STREAMER_IDLE:
    'Nobody watched for as long as MOONSHARE_IDLE_MINUTES says, or MOONSHARE_LEGACY_IDLE_MINUTES for a legacy session.',
  STREAMER_NOT_FOUND: 'No streamer has that ID: it was never started, or it has ended.',
  STREAMER_NOT_ACTIVE: 'The streamer is starting, is reconnecting to its host, or has failed.',
  STREAMER_DIED:
    'The process of the streamer crashed, was killed, was silent for 6 s, or used more memory than MOONSHARE_STREAMER_MEMORY_MB allows.',
  STREAMER_KEEPS_DYING: 'It was restarted six times within three minutes, and died again.',
  STREAMER_STOPPED: 'Someone deleted the streamer, or the server is shutting down.',
  BIND_ADDRESS_MISSING: 'MOONSHARE_BIND names an address that no interface of this machine has (any more).',
  UDP_PORT_FORBIDDEN:
    'The system refuses the ports in MOONSHARE_UDP_PORTS: below 1024 they need privileges, and sandboxes may forbid others.',
  UDP_PORTS_EXHAUSTED: 'Every port in MOONSHARE_UDP_PORTS is in use, by a streamer or by another program.',
  WEBRTC_STACK_MISSING:
    'MOONSHARE_WEBRTC_STACK is native, but the addon of that stack is not built, does not load, or is not made for this machine.',
  VIEWER_LIMIT: 'The streamer has as many viewers as MOONSHARE_MAX_VIEWERS allows.',
  VIEWER_TOTAL_LIMIT: 'All streamers together have as many viewers as MOONSHARE_MAX_TOTAL_VIEWERS allows.',
  VIEWER_UNREACHABLE:
    'No UDP got through between the browser and the server, neither directly nor through TURN, and no WebSocket took its place.',
  VIEWER_SILENT: 'Nothing came from the browser for several seconds: its machine is asleep, or its network is down.',
  CODEC_UNSUPPORTED:
    'The browser has no decoder for the codec of the stream, which the message names. `video_supported_formats` chooses it: 1 H.264, 256 HEVC, 4096 AV1.',
  DECODER_MISSING: 'Pictures are decoded by FFmpeg, from the optional package node-av, which could not be loaded.',
  DECODER_FAILED:
    'The decoder process crashed, hung or used too much memory, or the stream is damaged or larger than 8K. Viewers are not affected.',
  DECODER_LIMIT: 'Each streamer of which pictures are taken needs a decoder process for as long, and all are in use.',
  PICTURE_LIMIT: 'Requests for one streamer share one decoder, so only some of them can be under way.',
  PICTURE_TIMEOUT: 'No frame came from the host, or its session was not up again, within timeout_ms.',
  WAIT_TIMEOUT: 'The picture kept changing, or did not change, for all of timeout_ms.',
  PEER_NOT_FOUND: 'No viewer of this streamer has that ID, or it has left.',
  PARTICIPANT_NOT_FOUND: 'No participant of this streamer has that ID: it has left, or never came.',
  CONTROL_TAKEN:
    'The control policy of the streamer lets one participant use keyboard, mouse and touch, and that is another one.',
  CONTROL_DENIED:
    'Whoever has the controls keeps them, or the caller may not do this with them: an agent takes nothing from a person, and only a participant with the role full can have them.',
  KEY_UNKNOWN:
    'An action names a key that neither xdotool nor the W3C has. details has the name and, if one is close, the known one.',
  OUTSIDE_PICTURE:
    'An action points beside the picture; details.field says which, details.width and details.height how large that is.',
  PEER_REMOVED: 'The same browser came back on another socket, or an operator removed it.',

  HOST_NOT_FOUND: 'No host has this ID here.',
  HOST_NOT_PAIRED: 'The host was never paired, has forgotten the pairing, or all paired certificates are in use.',
  HOST_UNREACHABLE: 'Nothing answers at the address of the host.',
  HOST_TIMEOUT: 'The host accepted the connection but did not answer, or its session was not up in time.',
  HOST_BAD_REPLY: 'What answers is not a GameStream host, or its answer was cut off on the way.',
  HOST_CANNOT:
    'The host answers 404 to a change of the bitrate: only some descendants of Sunshine know how to do that.',
  HOST_UNSUPPORTED: 'The version of the host is too old, or the host lacks the codec or feature that was asked for.',
  HOST_CERTIFICATE_CHANGED: 'The host was reinstalled, or another machine answers at its address.',
  HOST_BUSY: 'Another app is running on the host, or the session belongs to another client.',
  HOST_IN_USE: 'A streamer of this server is running or starting on the host that is to be removed.',
  HOST_REFUSED: 'The host answered the request with an error of its own.',
  HOST_ENCRYPTION_REQUIRED: 'The host is set to require encryption that this stream does not have.',
  HOST_ENCRYPTION_UNAVAILABLE:
    'With hostEncryption set to always, the host must offer to encrypt video, sound and the current form of control, and it does not.',
  APP_NOT_FOUND: 'The host lists no app with this ID, or still does not after 15 s.',
  NO_SESSION: 'The host has ended the session that was to be resumed, or was restarted.',
  PAIRING_IN_PROGRESS: 'Hosts mix up two pairings at once, so the second one has to wait.',
  PAIRING_WRONG_PIN: 'The PIN entered on the host is not the one that was shown.',
  PAIRING_REJECTED: 'The host gave up the pairing: someone refused it there, or the host was restarted.',
  PAIRING_TIMED_OUT: 'Hosts wait five minutes for the PIN that was shown.',
  PAIRING_CANCELLED: 'Whoever had asked for it left before the PIN was entered, or another pairing took its place.',
  PAIRING_FORGED: 'The signature of the host does not match the certificate it showed.',
  RTSP_FAILED: 'The host answered the setup of the stream with an error, or closed the connection.',
  CONTROL_FAILED: 'No answer came over UDP while the control connection was being set up.',
  CONTROL_LOST: 'The host went silent in the middle of a session.',
  NO_VIDEO: 'The session is up, but no picture came over UDP.',
  TERMINATED: 'The app on the host was closed, or the host ended the session.',
};
