import type { AccessUnit, VideoCodec } from '@moonshare/gamestream';
import { Av1Payload } from './av1.ts';
import { H264Payload } from './h264.ts';
import { HevcPayload } from './hevc.ts';
import { MAX_PAYLOAD, PacketWriter, type StreamHeader } from './packet.ts';

/** Chromium keeps 2048 packets of a frame that is not whole; a larger one it never shows. */
const MOST_PACKETS = 2000;
/** With header 20, GCM tag 16, TURN 4, UDP and IPv6 48 it is below 1492, which Ethernet and PPPoE carry. */
const LARGE_PAYLOAD = 1400;
/** Of a fragment: its headers. */
const FRAGMENT_BYTES = 3;

/** Frames of 2.4 to 2.8 MB get larger packets, or no Chromium could show them. */
function maxPayload(bytes: number): number {
  const needed = Math.ceil(bytes / MOST_PACKETS) + FRAGMENT_BYTES;
  return needed > MAX_PAYLOAD && needed <= LARGE_PAYLOAD ? needed : MAX_PAYLOAD;
}

interface Payload {
  write(writer: PacketWriter, data: Buffer, keyFrame: boolean, maxPayload: number): void;
}

/** Access units into RTP packets, once for all viewers. */
export class VideoPacketizer {
  readonly codec: VideoCodec;
  readonly #payload: Payload;

  constructor(codec: VideoCodec) {
    this.codec = codec;
    this.#payload = payloadOf(codec);
  }

  /** Throws BitstreamError where the access unit is none. An access unit of nothing but delimiters gives no packet. */
  packetize(unit: Pick<AccessUnit, 'data' | 'keyFrame'>, header: StreamHeader): Buffer[] {
    const writer = new PacketWriter(header, unit.data.length);
    this.#payload.write(writer, unit.data, unit.keyFrame, maxPayload(unit.data.length));
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
