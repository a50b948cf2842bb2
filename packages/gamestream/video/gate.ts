import type { AccessUnit } from '../stream/types.ts';
import type { VideoOutput } from './types.ts';

export interface GateOutput {
  /** What a decoder can use, in order. */
  frames: AccessUnit[];
  /** Send one IDR request now. */
  requestKeyFrame: boolean;
  /** Call `advance` at this time (ms) at the latest. */
  wakeAt: number;
}

/** Holds frames back from the start, and from a loss, until the next key frame; says when to ask for one, protocol/3 §4.5, §4.6. */
export class DecodeGate {
  accept(_output: VideoOutput, _now: number): GateOutput {
    throw new Error('not yet');
  }

  /** A key frame was requested for another reason: counts as this gate's own request. */
  requested(_now: number): void {}

  advance(_now: number): GateOutput {
    throw new Error('not yet');
  }
}
