import { parseJson } from '../json.ts';
import { MAX_SIGNAL_BYTES } from '../signal-size.ts';
import { controlActionName, controlPolicy, participantInfo, participantReference } from './participants.ts';
import { appInfo, errorBody, hostEncryption, iceServer, negotiation, role, rung, transportChoice } from './parts.ts';
import {
  boolean,
  either,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  read,
  type Shape,
  type Shaped,
  string,
} from './shape.ts';

const stage = object({ stage: string() });
/** kbit/s; null: not known. */
const rate = nullable(number(0));

/** Who holds the controls, with times as durations, since clocks of browsers differ. */
const control = object({
  you: string(),
  policy: controlPolicy,
  grace_ms: integer(),
  silence_ms: integer(),
  holder: nullable(participantReference),
  held_ms: nullable(number()),
  request: nullable(object({ participant: participantReference, takes_in_ms: nullable(number()) })),
  may_manage: boolean,
});
export type ControlSignal = Shaped<typeof control>;

/** Server to browser, protocol/4 §3. Those from `StreamerState` on are ours and only go to peers that asked for them (`?events=1`). */
const serverSignal = either(
  oneOf('InternalServerError', 'HostNotFound', 'AppNotFound', 'HostNotPaired', 'AlreadyStreaming', 'PeerDisconnect'),
  object({ WebRtcConfig: object({ ice_servers: list(iceServer) }) }),
  object({ Signaling: negotiation }),
  object({ UpdateApp: object({ app: appInfo }) }),
  object({ StageStarting: stage }),
  object({ StageComplete: stage }),
  object({ StageFailed: object({ stage: string(), error_code: integer() }) }),
  object({
    ConnectionComplete: object({
      capabilities: object({ touch: boolean }),
      width: integer(),
      height: integer(),
    }),
  }),
  object({ ConnectionTerminated: object({ error_code: integer() }) }),
  object({
    StreamerState: object(
      {
        status: oneOf('starting', 'active', 'reconnecting', 'failed', 'stopping'),
        stage: nullable(string()),
        error: nullable(errorBody),
        /** How many browsers are connected, including the one that reads this. */
        viewers: integer(0),
      },
      {
        /** Sound channels; absent: stereo. */
        surround: oneOf(2, 6, 8) as Shape<2 | 6 | 8 | undefined>,
        /** Between the host and the streamer; null while no stream is up. */
        host_encryption: nullable(hostEncryption) as Shape<Shaped<typeof hostEncryption> | null | undefined>,
      },
    ),
  }),
  /** Why the server is closing the socket: the close reason only has room for the code. */
  object({ PeerClosed: object({ error: errorBody }) }),
  /** Valid once, as `&resume=` of this browser's next socket, which takes over what this one holds. */
  object({ ResumeToken: object({ token: string(256) }) }),
  /** The socket is alive. */
  object({ StillHere: object({}) }),
  object({ GamepadPlayers: object({ players: list(object({ id: integer(0, 15), player: integer(1) }), 16) }) }),
  /** How long ago a video frame was sent to this browser, ms; null: none yet. */
  object({ LastFrame: object({ age_ms: nullable(number()) }) }),
  /** Sent before `WebRtcConfig`: this server has a media socket (protocol/6), and this is the transport that its operator wants. */
  object({ MediaOptions: object({ transport: transportChoice }) }),
  /** Opens one media socket for this peer, soon. */
  object({ MediaTicket: object({ ticket: string(256) }) }),
  /** How much of the stream this browser gets from now on, what its network carries, and what the stream needs. */
  object({
    StreamShare: object({
      rung,
      cause: nullable(oneOf('network')),
      network_kbps: rate,
      stream_kbps: rate,
    }),
  }),
  /**
   * This one and those below only go to peers that know them (`?events=1&control=1`). Who is here, which of them this browser is, and
   * whether it may name itself.
   */
  object({ Participants: object({ you: string(), may_rename: boolean, participants: list(participantInfo) }) }),
  /** `you`: which participant this browser is. `may_manage`: it may give the controls to anyone, and take them at once. Durations are in ms. */
  object({ Control: control }),
  object({
    ControlRefused: object({ action: controlActionName, error: errorBody }),
  }),
  /** Keyboard, mouse or touch input of this browser went nowhere: somebody else, or nobody, has the controls. */
  object({ InputDropped: object({ holder: nullable(participantReference) }) }),
  /** The role of this browser was changed. */
  object({ RoleChanged: object({ role }) }),
);
export type ServerSignal = Shaped<typeof serverSignal>;

/** The server's text messages on the channel `general` (protocol/4 §5); those of the socket may appear here too. */
const generalMessage = either(
  oneOf('ConnectionTerminated'),
  object({ ConnectionStatusUpdate: object({ status: oneOf('Ok', 'Poor') }) }),
  serverSignal,
);
export type GeneralMessage = Shaped<typeof generalMessage>;

/** A server's text frame, or null for anything unknown. */
export function parseServerSignal(text: string): ServerSignal | null {
  return parse(serverSignal, text);
}

/** null for anything unknown. */
export function parseGeneralMessage(text: string): GeneralMessage | null {
  return parse(generalMessage, text);
}

function parse<T>(shape: Shape<T>, text: string): T | null {
  return text.length > MAX_SIGNAL_BYTES ? null : read(shape, parseJson(text));
}
