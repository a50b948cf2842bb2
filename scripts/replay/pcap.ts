import { GameStreamError } from '../../packages/gamestream/errors.ts';

export interface PcapPacket {
  /** LINKTYPE number, see link.ts. */
  linkType: number;
  data: Buffer;
}

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
/** Magic numbers as read in the file's own byte order: microseconds and nanoseconds. */
const MAGICS = [0xa1b2c3d4, 0xa1b23c4d];

/**
 * The packets of a classic pcap file, in the order recorded. Truncated packets are left out, also the last one of a file
 * that was cut off. Errors: MALFORMED.
 */
export function readPcap(file: Buffer): PcapPacket[] {
  if (file.length < FILE_HEADER) throw new GameStreamError('MALFORMED', 'the file is too short for a pcap file');
  const little = MAGICS.includes(file.readUInt32LE(0));
  if (!little && !MAGICS.includes(file.readUInt32BE(0))) {
    throw new GameStreamError('MALFORMED', 'not a classic pcap file', {
      hint: 'Convert it with: editcap -F pcap IN OUT',
    });
  }
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkType = u32(20) & 0xffff;
  const packets: PcapPacket[] = [];
  for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length; ) {
    const recorded = u32(at + 8);
    const original = u32(at + 12);
    const start = at + PACKET_HEADER;
    at = start + recorded;
    if (at > file.length) break;
    if (recorded >= original) packets.push({ linkType, data: file.subarray(start, at) });
  }
  return packets;
}
