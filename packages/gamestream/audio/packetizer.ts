export interface AudioPacketizerOptions {
  packetMs: 5 | 10;
  /** Both given when audio is encrypted: 16 bytes and the signed `rikeyid`. */
  key?: Buffer | undefined;
  keyId?: number | undefined;
  /** Default 0; a multiple of 4. */
  firstSequence?: number;
}

/** The host side of one audio stream, protocol/3 §8.1, §8.2. */
export class AudioPacketizer {
  constructor(_options: AudioPacketizerOptions) {}

  /** One data datagram; after each fourth also the two FEC datagrams. */
  packetize(_opus: Buffer): Buffer[] {
    throw new Error('not yet');
  }
}
