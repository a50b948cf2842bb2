import type { AccessUnit, VideoCodec } from '@moonshare/gamestream';
import { Av1Payload } from './av1.ts';
import { H264Payload } from './h264.ts';
import { HevcPayload } from './hevc.ts';
import { PacketWriter, type StreamHeader } from './packet.ts';

/** Access units into RTP packets, once for all viewers. */
export class VideoPacketizer {
  readonly codec: VideoCodec;
  readonly #payload: { write(writer: PacketWriter, data: Buffer, keyFrame: boolean): void };

  constructor(codec: VideoCodec) {
    this.codec = codec;
    this.#payload = payloadOf(codec);
  }

  /** Throws BitstreamError where the access unit is none. An access unit of nothing but delimiters gives no packet. */
  packetize(unit: Pick<AccessUnit, 'data' | 'keyFrame'>, header: StreamHeader): Buffer[] {
    const writer = new PacketWriter(header, unit.data.length);
    this.#payload.write(writer, unit.data, unit.keyFrame);
    return writer.finish();
  }
}

function payloadOf(codec: VideoCodec): { write(writer: PacketWriter, data: Buffer, keyFrame: boolean): void } {
  switch (codec) {
    case 'h264': {
      const payload = new H264Payload();
      return { write: (writer, data) => payload.write(writer, data) };
    }
    case 'hevc': {
      const payload = new HevcPayload();
      return { write: (writer, data) => payload.write(writer, data) };
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
