import { HEVC_NAL, hevcNalType, splitAnnexB } from '@moonshare/bitstream';
import { type NalFormat, writeNalUnits } from './nal.ts';
import { MAX_RTP_PAYLOAD, type PacketWriter } from './packet.ts';

const AP = 48;
const FU = 49;

/** RFC 7798 without DONL; protocol/3 §6.3. Hosts send one layer: layer id 0, temporal id 1. */
const FORMAT: NalFormat = {
  headerBytes: 2,
  aggregationHeader: () => Buffer.of(AP << 1, 1),
  fragmentHeader: (unit, first, last) =>
    Buffer.of((unit[0]! & 0x81) | (FU << 1), unit[1]!, (first ? 0x80 : 0) | (last ? 0x40 : 0) | hevcNalType(unit)),
};

const DROPPED = new Set([HEVC_NAL.aud, HEVC_NAL.filler, HEVC_NAL.endOfSequence, HEVC_NAL.endOfStream]);
const PARAMETER_SETS = [HEVC_NAL.vps, HEVC_NAL.sps, HEVC_NAL.pps];

/** Remembers the parameter sets, because each IDR must carry them (protocol/3 §6.1). */
export class HevcPayload {
  readonly #parameterSets = new Map<number, Buffer>();

  /** One Annex B access unit. Throws BitstreamError. */
  write(writer: PacketWriter, accessUnit: Buffer, maxPayload = MAX_RTP_PAYLOAD): void {
    const units = splitAnnexB(accessUnit).filter((unit) => unit.length >= 2 && !DROPPED.has(hevcNalType(unit)));
    writeNalUnits(writer, this.#withParameterSets(units), isSlice, FORMAT, maxPayload);
  }

  #withParameterSets(units: Buffer[]): Buffer[] {
    const missing: Buffer[] = [];
    const isKey = units.some((unit) => hevcNalType(unit) >= 16 && hevcNalType(unit) <= 21);
    for (const type of PARAMETER_SETS) {
      const found = units.find((unit) => hevcNalType(unit) === type);
      const last = this.#parameterSets.get(type);
      if (found !== undefined) this.#parameterSets.set(type, Buffer.from(found));
      else if (isKey && last !== undefined) missing.push(last);
    }
    return [...missing, ...units];
  }
}

function isSlice(unit: Buffer): boolean {
  return hevcNalType(unit) < HEVC_NAL.vps;
}
