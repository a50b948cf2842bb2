import { evenPieces, MAX_RTP_PAYLOAD, type PacketWriter } from './packet.ts';

/** Where H.264 and HEVC differ in the same scheme: several units in one packet, and one unit in several packets. */
export interface NalFormat {
  /** Header of an aggregation packet (STAP-A, AP) for these units. */
  aggregationHeader(units: readonly Buffer[]): Buffer;
  /** Length of a NAL unit header, which fragments do not repeat. */
  headerBytes: number;
  /** Payload header and FU header of a fragment. */
  fragmentHeader(unit: Buffer, first: boolean, last: boolean): Buffer;
}

/**
 * Writes the units of one access unit: small units before the slices share a packet; a slice is a packet by itself or is
 * split into equal fragments.
 */
export function writeNalUnits(
  writer: PacketWriter,
  units: readonly Buffer[],
  isSlice: (unit: Buffer) => boolean,
  format: NalFormat,
  maxPayload = MAX_RTP_PAYLOAD,
): void {
  let group: Buffer[] = [];
  let groupBytes = 0;
  const flush = () => {
    writeGroup(writer, group, format);
    group = [];
    groupBytes = 0;
  };
  for (const unit of units) {
    const inGroup = 2 + unit.length;
    const canShare = !isSlice(unit) && format.headerBytes + inGroup <= maxPayload;
    if (!canShare || format.headerBytes + groupBytes + inGroup > maxPayload) flush();
    if (canShare) {
      group.push(unit);
      groupBytes += inGroup;
    } else {
      writeUnit(writer, unit, format, maxPayload);
    }
  }
  flush();
}

function writeGroup(writer: PacketWriter, group: readonly Buffer[], format: NalFormat): void {
  const [first] = group;
  if (first === undefined) return;
  if (group.length === 1) {
    first.copy(writer.add(first.length));
    return;
  }
  const header = format.aggregationHeader(group);
  const payload = writer.add(group.reduce((bytes, unit) => bytes + 2 + unit.length, header.length));
  let at = header.copy(payload);
  for (const unit of group) {
    at = payload.writeUInt16BE(unit.length, at);
    at += unit.copy(payload, at);
  }
}

function writeUnit(writer: PacketWriter, unit: Buffer, format: NalFormat, maxPayload: number): void {
  if (unit.length <= maxPayload) {
    unit.copy(writer.add(unit.length));
    return;
  }
  const body = unit.subarray(format.headerBytes);
  let from = 0;
  // A fragment header is one byte longer than the unit header it replaces.
  for (const size of evenPieces(body.length, maxPayload - format.headerBytes - 1)) {
    const header = format.fragmentHeader(unit, from === 0, from + size === body.length);
    const payload = writer.add(header.length + size);
    body.copy(payload, header.copy(payload), from, from + size);
    from += size;
  }
}
