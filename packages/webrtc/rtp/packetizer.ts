import type { VideoCodec } from '@moonshare/bitstream';
import { Av1Payload } from './av1.ts';
import { H264Payload } from './h264.ts';
import { HevcPayload } from './hevc.ts';
import { MAX_RTP_PAYLOAD, PacketWriter, type StreamHeader } from './packet.ts';

/**
 * Chromium keeps 2048 packets of incomplete frames; with one more it discards them all. Frames larger than this get larger
 * packets, for as long as that helps, so that there is room for the next ones while they are repaired.
 */
const LARGE_FRAME = 1500 * MAX_RTP_PAYLOAD;
/** A frame of this many small packets can still be shown, if few of them are lost. */
const LARGE_FRAME_IN_SMALL_PACKETS = 2000 * MAX_RTP_PAYLOAD;
/**
 * With header 20, GCM tag 16, TURN 4, UDP and IPv6 48 they stay below 1492, which Ethernet and PPPoE carry. The native socket does
 * not allow fragmentation (DF), and Chromium takes no RTP packet of more than 2048 bytes.
 */
const LARGE_PAYLOAD = 1400;
/** The largest frame a browser can show, in bytes. */
export const LARGEST_FRAME = 2000 * LARGE_PAYLOAD;

/** One complete coded picture: H.264 and HEVC as Annex B, AV1 in the low-overhead format. */
export interface AccessUnit {
  data: Buffer;
  keyFrame: boolean;
}

interface Payload {
  write(writer: PacketWriter, data: Buffer, keyFrame: boolean, maxPayload: number): void;
}

/** Turns access units into RTP packets, once for all viewers. */
export class RtpVideoPacketizer {
  readonly codec: VideoCodec;
  readonly #payload: Payload;
  /** Frames above this size, up to the largest, get large packets. */
  #largeFrom = LARGE_FRAME;

  constructor(codec: VideoCodec) {
    this.codec = codec;
    this.#payload = payloadOf(codec);
  }

  /** A viewer's network, such as a VPN, does not carry large packets: from now on only frames that need them get them. */
  spareLargePackets(): void {
    this.#largeFrom = LARGE_FRAME_IN_SMALL_PACKETS;
  }

  /** Throws BitstreamError if the access unit is malformed. An access unit of nothing but delimiters gives no packets. */
  packetize(unit: AccessUnit, header: StreamHeader): Buffer[] {
    const { length } = unit.data;
    const writer = new PacketWriter(header, length);
    const maxPayload = length > this.#largeFrom && length <= LARGEST_FRAME ? LARGE_PAYLOAD : MAX_RTP_PAYLOAD;
    this.#payload.write(writer, unit.data, unit.keyFrame, maxPayload);
    return writer.finish();
  }
}

function payloadOf(codec: VideoCodec): Payload {
  switch (codec) {
    case 'h264': {
      const payload = new H264Payload();
      return { write: (writer, data, _keyFrame, most) => payload.write(writer, data, most) };
    }
    case 'hevc': {
      const payload = new HevcPayload();
      return { write: (writer, data, _keyFrame, most) => payload.write(writer, data, most) };
    }
    case 'av1':
      return new Av1Payload();
  }
}

/** One Opus packet is one RTP packet (RFC 7587). */
export function packetizeOpus(packet: Buffer, header: StreamHeader, marker: boolean): Buffer {
  const writer = new PacketWriter(header, packet.length);
  packet.copy(writer.add(packet.length));
  const [rtp] = writer.finish();
  // finish() marks the last packet of a picture; audio marks only the first after a pause (RFC 3551 §4.1).
  if (!marker) rtp![1] = rtp![1]! & 0x7f;
  return rtp!;
}
