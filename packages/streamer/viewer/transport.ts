import type { Duplex } from 'node:stream';
import {
  bindError,
  type GeneralMessage,
  MoonshareError,
  type Negotiation,
  type TransportKind,
  type ViewerAccount,
  type ViewerFeedback,
  type ViewerInput,
  type ViewerStatistics,
  type WebRtcStackUse,
} from '@moonshare/contract';
import type { AccessUnit, AudioPacket, OpusLayout, VideoCodec } from '@moonshare/gamestream';

/** What the host's stream really is: engines offer exactly this. */
export interface StreamFormat {
  codec: VideoCodec;
  width: number;
  height: number;
  fps: number;
  /** H.264: SPS bytes 1 to 3 as hex ('64002a'); null until the first key frame. */
  profileLevelId: string | null;
  /** 10 bits per sample: HEVC Main10, AV1 Main. */
  tenBit: boolean;
  audio: OpusLayout;
  audioPacketMs: 5 | 10;
  /** The host takes touch events. */
  touch: boolean;
}

/** How a viewer takes the host's sound: unchanged, or surround mixed down to stereo. */
export type ViewerSound = 'unchanged' | 'stereo mix';

/** What a transport knows about itself; its participant and the streamer add the rest. */
export type TransportStatistics = Omit<
  ViewerStatistics,
  'peer_id' | 'transport' | 'rung' | 'bitrate_kbps' | 'first_frame_ms' | 'input_events'
>;

/** What its network carries, as far as it is known. */
export type NetworkStatistics = Pick<
  ViewerStatistics,
  'estimated_bitrate_kbps' | 'estimate_source' | 'estimate_is_minimum'
>;

/** One connection that carries media to one participant. Created by an engine. */
export interface ViewerTransport {
  readonly kind: TransportKind;
  /** Which sound to pass to `sendAudio`; null: none (yet). */
  readonly sound: ViewerSound | null;
  /** Nothing has come from its browser for some time. `silent` has said so. */
  readonly isSilent: boolean;
  sendFeedback(feedback: ViewerFeedback): void;
  /** A message for the page; dropped while it cannot be sent, but the last `Poor` is sent once it can. */
  sendGeneral(message: GeneralMessage): void;
  stats(): TransportStatistics;
  /** Idempotent. `error`: the reason, unless it was requested. */
  close(error: MoonshareError | null): void;
}

/** A transport that its browser negotiates over the server's WebSocket. */
export interface NegotiatedTransport extends ViewerTransport {
  /** A description or candidate from the browser. */
  signal(message: Negotiation): void;
}

/** Events of a transport, set by whoever adds it; called on the streamer's thread. */
export interface TransportEvents {
  /** The connection is up; the picture may still have to be negotiated. */
  opened(): void;
  /** Media can be sent from now on. */
  connected(): void;
  input(event: ViewerInput): void;
  /** Some of its input was dropped as too much: what it holds may have changed. */
  inputLost(): void;
  /** PLI, FIR, or a gap that NACK can no longer fill, each time. `fanout/key-frame-policy.ts` decides which of them count. */
  keyFrameNeeded(): void;
  /** A frame that was accepted was not sent completely: the next one must be a key frame. */
  frameDropped(): void;
  /** `isSilent` has become true. Its browser may still be there, but should hold nothing any more. */
  silent(): void;
  /** The last call, exactly once. null: the browser left, or it was closed on request. */
  closed(error: MoonshareError | null): void;
}

export interface NegotiatedTransportEvents extends TransportEvents {
  /** To the browser, over the server's WebSocket. */
  signal(message: { Signaling: Negotiation }): void;
}

export interface TransportOptions<Events extends TransportEvents = TransportEvents> {
  /** Of the participant. */
  id: string;
  /** Its role may change. */
  acceptsInput: () => boolean;
  /** The browser's doings are charged to it, and RATE_LIMITED closes the transport after too much for too long. */
  account: ViewerAccount;
  events: Events;
}

/** Creates transports of one kind and sends to all of them at once, so that the work per frame is done once. */
export interface TransportEngine {
  /** In bytes: its viewers cannot show larger frames. */
  readonly largestFrame: number;
  /** Call before the first media and whenever the stream changes: viewers are renegotiated if necessary. */
  setFormat(format: StreamFormat): void;
  /**
   * Returns the transports that do not take the frame: they must get a key frame next. A large frame may still be leaving
   * after the return.
   */
  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[];
  sendAudio(packet: AudioPacket, transports: readonly ViewerTransport[]): void;
  /** Closes all transports. */
  close(): Promise<void>;
}

export interface NegotiatingEngine extends TransportEngine {
  /** What carries its connections, and why. */
  readonly stackUse: WebRtcStackUse;
  /** Why browsers cannot come over TCP, though the stack offers that; else null. */
  readonly tcpError: unknown;
  /** Throws VIEWER_LIMIT. */
  addTransport(options: TransportOptions<NegotiatedTransportEvents>): NegotiatedTransport;
}

/** A media socket that the server has passed on: the request is read, and not answered yet. */
export interface MediaConnection {
  /** Nothing reads it yet, and its errors are handled. */
  socket: Duplex;
  request: { url: string; headers: Readonly<Record<string, string>> };
  /** What came after the request. */
  head: Buffer;
}

export interface SocketEngine extends TransportEngine {
  /** Answers the request. The transport owns the socket from now on, also if this throws. */
  addTransport(options: TransportOptions, connection: MediaConnection): ViewerTransport;
}

/** The engine's UDP port is in use. */
export class PortTakenError extends MoonshareError {
  constructor(cause: unknown) {
    super('UDP_PORTS_EXHAUSTED', { cause });
  }
}

/** Why the UDP port could not be bound. Only one that is taken can be exchanged for another. */
export function portError(cause: unknown): MoonshareError {
  const error = bindError(cause);
  return error.code === 'UDP_PORTS_EXHAUSTED' ? new PortTakenError(cause) : error;
}
