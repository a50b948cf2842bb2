import { type ErrorBody, type ErrorCode, isErrorCode } from '../error-codes.ts';
import {
  boolean,
  either,
  INVALID,
  integer,
  list,
  nullable,
  object,
  oneOf,
  read,
  record,
  type Shape,
  type Shaped,
  string,
  timestamp,
  withDefault,
} from './shape.ts';

/** Which input of a viewer is accepted. */
export const role = oneOf('watch', 'gamepad', 'full');
/** The transport that a server or a page asks for; `auto`: whichever works. */
export const transportChoice = oneOf('auto', 'webrtc', 'websocket');

/** How much of the stream a viewer gets: all of it; nothing until the next key frame; a key frame now and then. */
export const rung = oneOf('full', 'catchingUp', 'reduced');

const errorCode: Shape<ErrorCode> = (value) => (isErrorCode(value) ? value : INVALID);
export const errorBody: Shape<ErrorBody> = object(
  { error: string(), code: errorCode, hint: string() },
  { details: record },
);

export const appInfo = object({ app_id: integer(), title: string(), is_hdr_supported: boolean });

/** What is encrypted between the host and its streamer. */
export const hostEncryption = object({
  control: boolean,
  /** Same as control. */
  input: boolean,
  video: boolean,
  audio: boolean,
  /** Control is in the older style of Wolf and GeForce Experience, which hides little: see SECURITY.md. */
  older_control: boolean,
});

export const iceServer = object({
  urls: list(string()),
  username: withDefault(string(), ''),
  credential: withDefault(string(), ''),
});

const optionalText = nullable(string(256)) as Shape<string | null | undefined>;

export const negotiation = either(
  object({
    Description: object({ ty: oneOf('offer', 'answer', 'pranswer', 'rollback', 'unspecified'), sdp: string(200_000) }),
  }),
  object({
    AddIceCandidate: object(
      { candidate: string(4096) },
      {
        sdp_mid: optionalText,
        sdp_mline_index: nullable(integer(0, 1024)) as Shape<number | null | undefined>,
        username_fragment: optionalText,
      },
    ),
  }),
);

/** The answer to `POST /api/streamers/{id}/token`. */
const peerToken = object(
  { token: string(), expires_at: timestamp, role },
  {
    /** Use this instead of the link's token from now on: it does not count as a use and needs no PIN. */
    renewal: string() as Shape<string | undefined>,
  },
);
export type PeerToken = Shaped<typeof peerToken>;

export type Role = Shaped<typeof role>;
export type TransportChoice = Shaped<typeof transportChoice>;
export type TransportKind = Exclude<TransportChoice, 'auto'>;
export type Rung = Shaped<typeof rung>;
export type AppInfo = Shaped<typeof appInfo>;
export type HostEncryption = Shaped<typeof hostEncryption>;
export type IceServer = Shaped<typeof iceServer>;
export type Negotiation = Shaped<typeof negotiation>;
export type SessionDescription = Extract<Negotiation, { Description: unknown }>['Description'];

export const readErrorBody = (value: unknown): ErrorBody | null => read(errorBody, value);
export const readPeerToken = (value: unknown): PeerToken | null => read(peerToken, value);
export const readTransportChoice = (value: unknown): TransportChoice | null => read(transportChoice, value);
