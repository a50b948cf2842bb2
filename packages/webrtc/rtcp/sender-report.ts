import type { Ntp } from '../clock/ntp.ts';

export interface SenderReport {
  ssrc: number;
  ntp: Ntp;
  /** The value of the stream's RTP clock at that moment, u32. */
  rtpTimestamp: number;
  packets: number;
  /** Payload bytes. */
  bytes: number;
  /** Ties video and audio together: browsers synchronise streams with the same name. */
  cname: string;
}

/** A compound packet: sender report and source description (RFC 3550 §6.4.1, §6.5). */
export function buildSenderReport(report: SenderReport): Buffer {
  const name = Buffer.from(report.cname, 'utf8').subarray(0, 255);
  // The item list ends with at least one zero byte, on a word boundary.
  const chunkBytes = Math.ceil((4 + 2 + name.length + 1) / 4) * 4;
  const packet = Buffer.alloc(28 + 4 + chunkBytes);
  packet.writeUInt32BE(0x80c8_0006, 0);
  packet.writeUInt32BE(report.ssrc, 4);
  packet.writeUInt32BE(report.ntp.seconds, 8);
  packet.writeUInt32BE(report.ntp.fraction, 12);
  packet.writeUInt32BE(report.rtpTimestamp, 16);
  packet.writeUInt32BE(report.packets % 2 ** 32, 20);
  packet.writeUInt32BE(report.bytes % 2 ** 32, 24);
  packet.writeUInt16BE(0x81ca, 28);
  packet.writeUInt16BE(chunkBytes / 4, 30);
  packet.writeUInt32BE(report.ssrc, 32);
  packet[36] = 1; // CNAME
  packet[37] = name.length;
  name.copy(packet, 38);
  return packet;
}

/**
 * The round trip according to a report block (RFC 3550 §6.4.1), ms. `now`: middle 32 bits of the NTP time of arrival.
 * Null: the receiver has had no sender report yet, or the numbers are impossible.
 */
export function roundTripMs(now: number, lastReport: number, delaySinceLastReport: number): number | null {
  if (lastReport === 0) return null;
  const units = (now - lastReport - delaySinceLastReport) | 0;
  if (units < 0) return units > -66 ? 0 : null; // up to a millisecond of clock noise
  const ms = (units * 1000) / 65_536;
  return ms <= 60_000 ? ms : null;
}
