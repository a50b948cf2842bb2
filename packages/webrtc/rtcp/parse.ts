import { MAX_REPORTED_PACKETS, parseTransportFeedback, type TransportFeedback } from './transport-feedback.ts';

/** What receivers report (RFC 3550 §6.4, RFC 4585 §6, RFC 5104 §4.3.1, draft-alvestrand-rmcat-remb-03). Other messages are skipped. */
export type RtcpMessage =
  | TransportFeedback
  | { kind: 'report'; ssrc: number; fractionLost: number; lastReport: number; delaySinceLastReport: number }
  | { kind: 'nack'; ssrc: number; sequences: number[] }
  | { kind: 'keyFrameRequest'; ssrc: number }
  /** The receiver's estimate of its bandwidth, for all streams together. */
  | { kind: 'estimate'; bitsPerSecond: number };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
/** A format of TRANSPORT_FEEDBACK. */
const TRANSPORT_WIDE = 15;

/** `REMB` */
const REMB = 0x52454d42;

const REPORT_BLOCK_BYTES = 24;
/** Limit for the sequence numbers of one packet; browsers ask for far fewer. */
const MAX_SEQUENCES = 1024;
/** Transport-wide feedback about this many is as much work as another part. */
const PACKETS_PER_PART = 100;

/** A compound packet begins with a report (RFC 3550 §6.1); a receiver's may have no report blocks. */
export function isRtcpReport(packet: Buffer): boolean {
  return packet.length >= 8 && (packet[1] === SENDER_REPORT || packet[1] === RECEIVER_REPORT);
}

/** The number of parts in a compound packet, by their headers alone. One about many packets counts as several, as it takes longer. */
export function countRtcpParts(packet: Buffer): number {
  let parts = 0;
  for (let at = 0; at + 4 <= packet.length; at += 4 + packet.readUInt16BE(at + 2) * 4)
    parts += 1 + Math.floor(reportedPackets(packet, at) / PACKETS_PER_PART);
  return parts;
}

/** Of the part that begins here. */
function reportedPackets(packet: Buffer, at: number): number {
  const isFeedback = packet[at + 1] === TRANSPORT_FEEDBACK && (packet[at]! & 0x1f) === TRANSPORT_WIDE;
  return isFeedback && at + 16 <= packet.length ? Math.min(packet.readUInt16BE(at + 14), MAX_REPORTED_PACKETS) : 0;
}

/** The messages of a compound packet. Stops at the first malformed part; never throws. */
export function parseRtcp(packet: Buffer): RtcpMessage[] {
  const messages: RtcpMessage[] = [];
  let at = 0;
  while (at + 4 <= packet.length) {
    const bytes = 4 + packet.readUInt16BE(at + 2) * 4;
    if (packet[at]! >> 6 !== 2 || at + bytes > packet.length) break;
    parsePart(packet.subarray(at, at + bytes), messages);
    at += bytes;
  }
  return messages;
}

function parsePart(part: Buffer, messages: RtcpMessage[]): void {
  const count = part[0]! & 0x1f;
  switch (part[1]) {
    case SENDER_REPORT:
      parseReports(part, 28, count, messages);
      return;
    case RECEIVER_REPORT:
      parseReports(part, 8, count, messages);
      return;
    case TRANSPORT_FEEDBACK:
      if (count === 1) parseNack(part, messages);
      if (count === TRANSPORT_WIDE) parseArrivals(part, messages);
      return;
    case PAYLOAD_FEEDBACK:
      if (count === 1 && part.length >= 12) messages.push({ kind: 'keyFrameRequest', ssrc: part.readUInt32BE(8) });
      if (count === 4) parseFir(part, messages);
      if (count === 15) parseRemb(part, messages);
      return;
  }
}

function parseReports(part: Buffer, from: number, count: number, messages: RtcpMessage[]): void {
  for (let index = 0, at = from; index < count && at + REPORT_BLOCK_BYTES <= part.length; index += 1) {
    messages.push({
      kind: 'report',
      ssrc: part.readUInt32BE(at),
      fractionLost: part[at + 4]! / 256,
      lastReport: part.readUInt32BE(at + 16),
      delaySinceLastReport: part.readUInt32BE(at + 20),
    });
    at += REPORT_BLOCK_BYTES;
  }
}

function parseNack(part: Buffer, messages: RtcpMessage[]): void {
  if (part.length < 16) return;
  const sequences: number[] = [];
  for (let at = 12; at + 4 <= part.length && sequences.length < MAX_SEQUENCES; at += 4) {
    const first = part.readUInt16BE(at);
    const following = part.readUInt16BE(at + 2);
    sequences.push(first);
    for (let bit = 0; bit < 16; bit += 1)
      if ((following & (1 << bit)) !== 0) sequences.push((first + bit + 1) & 0xffff);
  }
  messages.push({ kind: 'nack', ssrc: part.readUInt32BE(8), sequences });
}

function parseArrivals(part: Buffer, messages: RtcpMessage[]): void {
  const feedback = parseTransportFeedback(part);
  if (feedback !== null) messages.push(feedback);
}

/** FIR names its streams in the entries, not in the header. */
function parseFir(part: Buffer, messages: RtcpMessage[]): void {
  for (let at = 12; at + 8 <= part.length; at += 8)
    messages.push({ kind: 'keyFrameRequest', ssrc: part.readUInt32BE(at) });
}

/** A mantissa of 18 bits and an exponent of 6, after `REMB` and the number of streams (draft §2.2). */
function parseRemb(part: Buffer, messages: RtcpMessage[]): void {
  if (part.length < 20 || part.readUInt32BE(12) !== REMB) return;
  const packed = part.readUIntBE(17, 3);
  messages.push({ kind: 'estimate', bitsPerSecond: (packed & 0x3ffff) * 2 ** (packed >> 18) });
}
