/** Which packets arrived, and when, by their transport-wide numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1). */
export interface TransportFeedback {
  kind: 'transportFeedback';
  /** u16, of the first packet that it is about; the others follow. */
  base: number;
  /** When each arrived, ms on a clock of the receiver that begins anew every 12 days; NaN: it has not. */
  arrivals: Float64Array;
}

/** Receivers report several times a second; a second of 40 Mbit/s is this much. */
export const MAX_REPORTED_PACKETS = 4096;

const HEADER_BYTES = 20;
/** The receiver's clock counts these, 24 bits of them. */
const REFERENCE_MS = 64;
const TICK_MS = 0.25;

/** One part of a compound packet, from its header to its end. Null: malformed, or about more than MAX_REPORTED_PACKETS. */
export function parseTransportFeedback(part: Buffer): TransportFeedback | null {
  if (part.length < HEADER_BYTES) return null;
  const base = part.readUInt16BE(12);
  const count = part.readUInt16BE(14);
  if (count === 0 || count > MAX_REPORTED_PACKETS) return null;
  const arrivals = new Float64Array(count);
  const deltasAt = readStatuses(part, arrivals);
  if (deltasAt === null || !readDeltas(part, deltasAt, arrivals)) return null;
  return { kind: 'transportFeedback', base, arrivals };
}

/** Puts into each entry how many bytes its delta has, 0 to 2. Returns where the deltas begin. */
function readStatuses(part: Buffer, sizes: Float64Array): number | null {
  let at = HEADER_BYTES;
  for (let index = 0; index < sizes.length; at += 2) {
    if (at + 2 > part.length) return null;
    const chunk = part.readUInt16BE(at);
    if ((chunk & 0x8000) === 0) {
      const end = Math.min(index + (chunk & 0x1fff), sizes.length);
      if (end === index) return null;
      sizes.fill((chunk >> 13) & 3, index, end);
      index = end;
    } else if ((chunk & 0x4000) === 0) {
      for (let bit = 13; bit >= 0 && index < sizes.length; bit -= 1, index += 1) sizes[index] = (chunk >> bit) & 1;
    } else {
      for (let bit = 12; bit >= 0 && index < sizes.length; bit -= 2, index += 1) sizes[index] = (chunk >> bit) & 3;
    }
  }
  return at;
}

/** Replaces sizes by times. False: a delta is missing, or of the reserved kind. */
function readDeltas(part: Buffer, from: number, sizes: Float64Array): boolean {
  let at = from;
  let ticks = (part.readUIntBE(16, 3) * REFERENCE_MS) / TICK_MS;
  for (let index = 0; index < sizes.length; index += 1) {
    const size = sizes[index]!;
    if (size === 3 || at + size > part.length) return false;
    if (size > 0) ticks += size === 1 ? part.readUInt8(at) : part.readInt16BE(at);
    sizes[index] = size === 0 ? Number.NaN : ticks * TICK_MS;
    at += size;
  }
  return true;
}
