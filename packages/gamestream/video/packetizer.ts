export interface VideoPacketizerOptions {
  /** NV header + payload, bytes, protocol/3 §2.1. */
  packetSize: number;
  /** 0 to 255. */
  fecPercentage: number;
  /** The client's `minRequiredFecPackets`, 0 to 2. */
  minParity: number;
  key?: Buffer | undefined;
  /** Default 1. */
  firstFrame?: number;
  /** First datagram counter; its low 16 bits are the RTP sequence number. Default 0. */
  firstSequence?: number;
}

export interface EncodedFrame {
  data: Buffer;
  keyFrame: boolean;
  /** RTP, 90 kHz; taken modulo 2^32. */
  timestamp: number;
  /** Host latency in 0.1 ms, 0 unknown. */
  latency: number;
}

/** The host side of one video stream: frames in, datagrams out in sending order, protocol/3 §2.7, §2.8. */
export class VideoPacketizer {
  constructor(_options: VideoPacketizerOptions) {}

  packetize(_frame: EncodedFrame): { frameIndex: number; datagrams: Buffer[] } {
    throw new Error('not yet');
  }
}
