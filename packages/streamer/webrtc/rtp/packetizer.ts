import type { AccessUnit, VideoCodec } from '@moonshare/gamestream';
import { Av1Payload } from './av1.ts';
import { H264Payload } from './h264.ts';
import { HevcPayload } from './hevc.ts';
import { MAX_PAYLOAD, PacketWriter, type StreamHeader } from './packet.ts';

/**
 * Chromium keeps 2048 packets that make no whole frame yet; with one more it throws all away. Larger frames than these get larger
 * packets, so that there is room for what comes while they are mended, and get them as long as it helps.
 */
const LARGE_FRAME = 1500 * MAX_PAYLOAD;
/** With so many small packets a frame can still be shown, if little of it is lost. */
const LARGE_FRAME_IN_SMALL_PACKETS = 2000 * MAX_PAYLOAD;
/**
 * With header 20, GCM tag 16, TURN 4, UDP and IPv6 48 they stay below 1492, which Ethernet and PPPoE carry. The native socket lets
 * nothing be fragmented (DF), and Chromium takes no RTP packet of more than 2048 bytes.
 */
const LARGE_PAYLOAD = 1400;
/** Bytes of the largest frame that a browser can show. */
export const LARGEST_FRAME = 2000 * LARGE_PAYLOAD;

interface Payload {
  write(writer: PacketWriter, data: Buffer, keyFrame: boolean, maxPayload: number): void;
}

/** Access units into RTP packets, once for all viewers. */
export class RtpVideoPacketizer {
  readonly codec: VideoCodec;
  readonly #payload: Payload;
  /** Frames above this and up to the largest get large packets. */
  #largeFrom = LARGE_FRAME;

  constructor(codec: VideoCodec) {
    this.codec = codec;
    this.#payload = payloadOf(codec);
  }

  /** Somebody's network takes no large packets, as VPNs do: from now on only frames that need them have them. */
  spareLargePackets(): void {
    this.#largeFrom = LARGE_FRAME_IN_SMALL_PACKETS;
  }

  /** Throws BitstreamError where the access unit is none. An access unit of nothing but delimiters gives no packet. */
  packetize(unit: Pick<AccessUnit, 'data' | 'keyFrame'>, header: StreamHeader): Buffer[] {
    const { length } = unit.data;
    const writer = new PacketWriter(header, length);
    const maxPayload = length > this.#largeFrom && length <= LARGEST_FRAME ? LARGE_PAYLOAD : MAX_PAYLOAD;
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
