import {
  type EngineStatistics,
  type GeneralMessage,
  MoonshareError,
  type Negotiation,
  type Role,
  type ViewerAccount,
  type ViewerFeedback,
  type ViewerInput,
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

/** One person's connection, of whatever kind. Created by a TransportEngine. */
export interface ViewerTransport {
  readonly id: string;
  readonly role: Role;
  /** Which sound to pass to `sendAudio`; null: none (yet). */
  readonly sound: ViewerSound | null;
  /** A description or candidate from this viewer's browser. */
  signal(message: Negotiation): void;
  sendFeedback(feedback: ViewerFeedback): void;
  /** A text message on the `general` channel; dropped while that is closed, but the last `Poor` is sent when it opens. */
  sendGeneral(message: GeneralMessage): void;
  stats(): EngineStatistics;
  /** Idempotent. `error`: the reason, unless it was requested. */
  close(error: MoonshareError | null): void;
}

/** Events of a viewer, set by the caller of `addTransport`; called on the streamer's thread. */
export interface TransportEvents {
  /** To this viewer's browser, over the server's WebSocket. */
  signal(message: { Signaling: Negotiation }): void;
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
  /** It has been silent for some time. It may still be there, but should hold nothing any more. */
  silent(): void;
  /** The last call, exactly once. null: it left, or was closed on request. */
  closed(error: MoonshareError | null): void;
}

/** The engine's UDP port is in use. */
export class PortTakenError extends MoonshareError {
  constructor(cause: unknown) {
    super('UDP_PORTS_EXHAUSTED', { cause });
  }
}

export interface TransportOptions {
  id: string;
  role: Role;
  account: ViewerAccount;
  events: TransportEvents;
}

/** Creates viewers of one kind and sends to all of them at once, so that the work per frame is done once. */
export interface TransportEngine {
  /** In bytes: its viewers cannot show larger frames. */
  readonly largestFrame: number;
  /** Throws VIEWER_LIMIT. The viewer's doings are charged to `account`, and RATE_LIMITED closes it after too much for too long. */
  addTransport(options: TransportOptions): ViewerTransport;
  /** Call before the first media and whenever the stream changes: viewers are renegotiated if necessary. */
  setFormat(format: StreamFormat): void;
  /**
   * Returns the viewers that do not take the frame: they must get a key frame next. A large frame may still be leaving
   * after the return.
   */
  sendVideo(unit: AccessUnit, viewers: readonly ViewerTransport[]): readonly ViewerTransport[];
  sendAudio(packet: AudioPacket, viewers: readonly ViewerTransport[]): void;
  /** Closes all viewers. */
  close(): Promise<void>;
}
