import { H264_NAL, h264NalType, splitAnnexB, withoutReordering } from '@moonshare/bitstream';
import { type NalFormat, writeNalUnits } from './nal.ts';
import { MAX_RTP_PAYLOAD, type PacketWriter } from './packet.ts';

const STAP_A = 24;
const FU_A = 28;

/** RFC 6184, packetization-mode 1; protocol/3 §6.2. */
const FORMAT: NalFormat = {
  headerBytes: 1,
  aggregationHeader: (units) => Buffer.of(Math.max(...units.map((unit) => unit[0]! & 0x60)) | STAP_A),
  fragmentHeader: (unit, first, last) =>
    Buffer.of((unit[0]! & 0xe0) | FU_A, (first ? 0x80 : 0) | (last ? 0x40 : 0) | (unit[0]! & 0x1f)),
};

const DROPPED = new Set([H264_NAL.aud, H264_NAL.filler, H264_NAL.endOfSequence, H264_NAL.endOfStream]);

/** Remembers the parameter sets, because each IDR must carry them (protocol/3 §6.1). */
export class H264Payload {
  #sps: Buffer | null = null;
  #pps: Buffer | null = null;

  /** One Annex B access unit. Throws BitstreamError. */
  write(writer: PacketWriter, accessUnit: Buffer, maxPayload = MAX_RTP_PAYLOAD): void {
    const units = splitAnnexB(accessUnit)
      .filter((unit) => !DROPPED.has(h264NalType(unit)))
      .map((unit) => (h264NalType(unit) === H264_NAL.sps ? withoutReordering(unit) : unit));
    writeNalUnits(writer, this.#withParameterSets(units), isSlice, FORMAT, maxPayload);
  }

  #withParameterSets(units: Buffer[]): Buffer[] {
    const sps = units.find((unit) => h264NalType(unit) === H264_NAL.sps);
    const pps = units.find((unit) => h264NalType(unit) === H264_NAL.pps);
    if (sps !== undefined) this.#sps = Buffer.from(sps);
    if (pps !== undefined) this.#pps = Buffer.from(pps);
    if (!units.some((unit) => h264NalType(unit) === H264_NAL.idr)) return units;
    const missing = [sps === undefined ? this.#sps : null, pps === undefined ? this.#pps : null];
    return [...missing.filter((unit) => unit !== null), ...units];
  }
}

function isSlice(unit: Buffer): boolean {
  const type = h264NalType(unit);
  return type >= H264_NAL.slice && type <= H264_NAL.idr;
}
