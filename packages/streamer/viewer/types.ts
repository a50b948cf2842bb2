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

/** What the host's stream really is: engines offer this and nothing else. */
export interface StreamFormat {
  codec: VideoCodec;
  width: number;
  height: number;
  fps: number;
  /** H.264: SPS bytes 1 to 3 as hex ('64002a'), null until the first key frame was seen. */
  profileLevelId: string | null;
  /** 10 bits per sample: HEVC Main10, AV1 Main. */
  tenBit: boolean;
  audio: OpusLayout;
  audioPacketMs: 5 | 10;
  /** The host takes touch events. */
  touch: boolean;
}

/** How a viewer takes the host's sound: as it is, or surround mixed down to stereo. */
export type ViewerSound = 'unchanged' | 'stereo mix';

/** One person's connection, whatever carries it. Made by a ViewerEngine. */
export interface Viewer {
  readonly id: string;
  readonly role: Role;
  /** Which sound `sendAudio` is to bring it; null: none (yet). */
  readonly sound: ViewerSound | null;
  /** A description or candidate of this viewer's browser. */
  signal(message: Negotiation): void;
  sendFeedback(feedback: ViewerFeedback): void;
  /** A text message on the `general` channel; dropped while that is closed, but the last `Poor` is told when it opens. */
  sendGeneral(message: GeneralMessage): void;
  stats(): EngineStatistics;
  /** Idempotent. `error` says why if it was not wanted. */
  close(error: MoonshareError | null): void;
}

/** What a viewer tells its streamer. Set by whoever adds the viewer; called on the streamer's thread. */
export interface ViewerEvents {
  /** To this viewer's browser, over the server's WebSocket. */
  signal(message: { Signaling: Negotiation }): void;
  /** The connection is up; the picture may still have to be negotiated. */
  opened(): void;
  /** Media can be sent from now on. */
  connected(): void;
  input(event: ViewerInput): void;
  /** Some of its input was too much and is dropped: what it holds may be something else by now. */
  inputLost(): void;
  /** PLI, FIR, or a gap that NACK can no longer fill: told each time. How often that counts is decided in `fanout/key-frame-policy.ts`. */
  keyFrameNeeded(): void;
  /** A frame that was taken did not go whole: the next one must be a key frame. */
  frameDropped(): void;
  /** Nothing was heard of it for some time. It may be there, but holds nothing any more. */
  silent(): void;
  /** Last call of all, exactly once. null: it left, or was closed as wanted. */
  closed(error: MoonshareError | null): void;
}

/** Somebody else has the UDP port that an engine was to take. */
export class PortTakenError extends MoonshareError {
  constructor(cause: unknown) {
    super('UDP_PORTS_EXHAUSTED', { cause });
  }
}

/** Makes viewers of one kind and sends for all of them at once, so that work per frame is done once. */
export interface ViewerEngine {
  /** Bytes of a frame: of larger ones its viewers see nothing. */
  readonly largestFrame: number;
  /** Throws VIEWER_LIMIT. `account`: what the viewer causes is spent there, and RATE_LIMITED closes it where that is too much for too long. */
  addViewer(options: { id: string; role: Role; account: ViewerAccount; events: ViewerEvents }): Viewer;
  /** Before the first media, and whenever the stream is another: viewers are asked again where that takes it. */
  setFormat(format: StreamFormat): void;
  /**
   * Returns the viewers that do not take it: they must get a key frame next. A large frame may go on leaving after the
   * return.
   */
  sendVideo(unit: AccessUnit, viewers: readonly Viewer[]): readonly Viewer[];
  sendAudio(packet: AudioPacket, viewers: readonly Viewer[]): void;
  /** Closes all viewers. */
  close(): Promise<void>;
}
