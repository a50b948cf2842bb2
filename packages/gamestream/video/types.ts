import type { FrameFecStatus } from '../control/message.ts';
import type { AccessUnit } from '../types.ts';

/** A frame that can no longer be completed. */
export interface LostFrame {
  frameIndex: number;
  /** Part of it had arrived. */
  received: boolean;
  /** Local ms when its first datagram came; if none came, when the loss was established. */
  receivedAt: number;
}

/** Frames and losses together are in frame order, each number once. */
export type VideoEvent =
  | { type: 'frame'; frame: AccessUnit }
  | { type: 'lost'; frame: LostFrame }
  /** To be sent to Sunshine-type hosts, already limited to 8 per 100 ms, protocol/3 §4.6. */
  | { type: 'fecStatus'; status: FrameFecStatus };

/** Tolerance for reordering between frames, protocol/3 §4.3. */
export interface FrameHold {
  /** How many frames may be ahead of the oldest incomplete one. */
  frames: number;
  /** How long (ms) after a newer frame began the oldest incomplete one may still be completed. */
  ms: number;
  /** How many frames must have begun before the first is emitted: for recordings, which may start out of order. Default 1. */
  startFrames?: number | undefined;
}

/** Counters since the start. */
export class VideoReceiverStats {
  datagrams = 0;
  bytes = 0;
  /** Malformed, of the wrong length, or contradicting their block. */
  invalid = 0;
  /** Failed the GCM tag. */
  undecryptable = 0;
  duplicate = 0;
  /** For a frame or block that needs nothing more. Parity after complete data counts here. */
  late = 0;
  /** Frame index too far from the stream's. */
  implausible = 0;
  framesComplete = 0;
  framesLost = 0;
  recoveredShards = 0;
  resynchronisations = 0;
}
