import type { InputPacket } from '../input/packet.ts';

/** Messages of the client on the control stream, protocol/2 §3.5. */
export type ClientMessage =
  | { type: 'requestIdr' }
  | { type: 'startB' }
  | { type: 'ping' }
  | { type: 'invalidateFrames'; first: number; last: number }
  | { type: 'ltrAck'; frame: number }
  | { type: 'frameFecStatus'; status: FrameFecStatus }
  | { type: 'lossStats'; lastGoodFrame: number }
  | { type: 'input'; packet: InputPacket }
  | { type: 'unknown'; code: number; payload: Buffer };

/** Messages of the host, protocol/2 §3.6. */
export type HostMessage =
  | { type: 'rumble'; controller: number; low: number; high: number }
  | { type: 'triggerRumble'; controller: number; left: number; right: number }
  | { type: 'motionEnable'; controller: number; rateHz: number; sensor: number }
  | { type: 'led'; controller: number; red: number; green: number; blue: number }
  | {
      type: 'adaptiveTriggers';
      controller: number;
      which: number;
      leftType: number;
      rightType: number;
      left: Buffer;
      right: Buffer;
    }
  | { type: 'hdrMode'; enabled: boolean; metadata: HdrMetadata | null }
  /** `code` is the u32 of the extended form, or the u16 of the short one. */
  | { type: 'termination'; code: number }
  | { type: 'unknown'; code: number; payload: Buffer };

/** protocol/2 §3.5, "Frame FEC status"; also produced by the video receiver (protocol/3 §4.6). */
export interface FrameFecStatus {
  frameIndex: number;
  highestSequence: number;
  nextContiguousSequence: number;
  missingBeforeHighest: number;
  dataPackets: number;
  parityPackets: number;
  receivedData: number;
  receivedParity: number;
  fecPercentage: number;
  blockIndex: number;
  blockCount: number;
}

/** protocol/2 §3.6: chromaticities in 1/50000, luminances in nits (minimum in 1/10000 nit), 0 = unknown. */
export interface HdrMetadata {
  red: { x: number; y: number };
  green: { x: number; y: number };
  blue: { x: number; y: number };
  white: { x: number; y: number };
  maxDisplayLuminance: number;
  minDisplayLuminance: number;
  maxContentLightLevel: number;
  maxFrameAverageLightLevel: number;
  maxFullFrameLuminance: number;
}
