/** protocol/3 §8.1, §8.2 */
export const AUDIO_HEADER = 12;
export const FEC_HEADER = 24;
export const DATA_TYPE = 97;
export const FEC_TYPE = 127;
/** Data packets per block; the first sequence number of a block is a multiple of this. */
export const BLOCK_DATA = 4;
export const BLOCK_PARITY = 2;
/** protocol/3 §10 */
const MAX_DATAGRAM = 1500;

export type AudioDatagram =
  | { type: 'data'; sequence: number; payload: Buffer }
  | { type: 'parity'; baseSequence: number; index: number; payload: Buffer };

/** null for anything but data and FEC. The payload shares the datagram's memory. */
export function parseAudioDatagram(datagram: Buffer): AudioDatagram | null {
  if (datagram.length <= AUDIO_HEADER || datagram.length > MAX_DATAGRAM || datagram[0] !== 0x80) return null;
  if (datagram[1] === DATA_TYPE) {
    return { type: 'data', sequence: datagram.readUInt16BE(2), payload: datagram.subarray(AUDIO_HEADER) };
  }
  if (datagram[1] !== FEC_TYPE || datagram.length <= FEC_HEADER) return null;
  const index = datagram[12]!;
  const baseSequence = datagram.readUInt16BE(14);
  if (index >= BLOCK_PARITY || datagram[13] !== DATA_TYPE || baseSequence % BLOCK_DATA !== 0) return null;
  return { type: 'parity', baseSequence, index, payload: datagram.subarray(FEC_HEADER) };
}
