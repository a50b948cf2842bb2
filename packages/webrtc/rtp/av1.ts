import { OBU, type Obu, splitObus, writeLeb128 } from '@moonshare/bitstream';
import { MAX_RTP_PAYLOAD, type PacketWriter } from './packet.ts';

const CONTINUES = 0x80; // Z: the first element continues one from the packet before
const CONTINUED = 0x40; // Y: the last element goes on in the next packet
const NEW_SEQUENCE = 0x08; // N: first packet of a key frame

const DROPPED = new Set([OBU.temporalDelimiter, OBU.tileList, OBU.padding]);

interface Element {
  bytes: Buffer;
  continues: boolean;
  continued: boolean;
}

/** AV1 RTP specification §4; protocol/3 §6.4. Remembers the sequence header, because each key frame must carry one. */
export class Av1Payload {
  #sequenceHeader: Obu | null = null;

  /** One temporal unit in the low-overhead format. Throws BitstreamError. */
  write(writer: PacketWriter, temporalUnit: Buffer, isKeyFrame: boolean, maxPayload = MAX_RTP_PAYLOAD): void {
    const obus = splitObus(temporalUnit).filter((obu) => !DROPPED.has(obu.type));
    const header = obus.find((obu) => obu.type === OBU.sequenceHeader);
    if (header !== undefined) this.#sequenceHeader = { ...header, payload: Buffer.from(header.payload) };
    else if (isKeyFrame && this.#sequenceHeader !== null) obus.unshift(this.#sequenceHeader);

    const packets = arrange(obus.map(withoutSize), maxPayload);
    for (const [index, elements] of packets.entries())
      writePacket(writer, elements, isKeyFrame && index === 0 ? NEW_SEQUENCE : 0);
  }
}

function withoutSize(obu: Obu): Buffer {
  const header = obu.extension === null ? [obu.type << 3] : [(obu.type << 3) | 0x04, obu.extension];
  return Buffer.concat([Buffer.from(header), obu.payload]);
}

/** Fills packets in order; an element that does not fit is split. Every element is counted with its length field. */
function arrange(obus: readonly Buffer[], maxPayload: number): Element[][] {
  const packets: Element[][] = [];
  let elements: Element[] = [];
  let room = maxPayload - 1;
  const close = () => {
    if (elements.length > 0) packets.push(elements);
    elements = [];
    room = maxPayload - 1;
  };
  for (const obu of obus) {
    let rest = obu;
    let continues = false;
    while (rest.length > 0) {
      const length = writeLeb128(Math.min(rest.length, room)).length;
      // A remainder of a few bytes is not worth a fragment.
      if (room - length < 16 && elements.length > 0) {
        close();
        continue;
      }
      const bytes = rest.subarray(0, room - length);
      rest = rest.subarray(bytes.length);
      elements.push({ bytes, continues, continued: rest.length > 0 });
      room -= length + bytes.length;
      continues = true;
      if (rest.length > 0) close();
    }
  }
  close();
  return packets;
}

function writePacket(writer: PacketWriter, elements: readonly Element[], flags: number): void {
  const counted = elements.length <= 3 ? elements.length : 0;
  const parts: Buffer[] = [];
  for (const [index, { bytes }] of elements.entries()) {
    // With a count, the last element ends with the packet and has no length.
    if (counted === 0 || index < elements.length - 1) parts.push(writeLeb128(bytes.length));
    parts.push(bytes);
  }
  const first = elements[0]!.continues ? CONTINUES : 0;
  const last = elements.at(-1)!.continued ? CONTINUED : 0;
  const payload = writer.add(parts.reduce((bytes, part) => bytes + part.length, 1));
  let at = payload.writeUInt8(first | last | (counted << 4) | flags);
  for (const part of parts) at += part.copy(payload, at);
}
