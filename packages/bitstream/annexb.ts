import { BitstreamError } from './errors.ts';
import { MAX_NAL_UNITS } from './limits.ts';

const START_CODE = Buffer.from([0, 0, 1]);

/** Where the next start code begins and where the NAL unit after it does; null if there is none. */
function nextStartCode(data: Buffer, from: number): { at: number; nal: number } | null {
  const at = data.indexOf(START_CODE, from);
  return at < 0 ? null : { at, nal: at + 3 };
}

/**
 * The NAL units of an Annex B access unit, without start codes and without the zeros around them. They share the memory
 * of `data`. Anything before the first start code is ignored. Throws BitstreamError beyond 256 units.
 */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = nextStartCode(data, 0);
  while (start !== null) {
    const next = nextStartCode(data, start.nal);
    const end = endOfUnit(data, start.nal, next === null ? data.length : next.at);
    if (end > start.nal) {
      if (units.length === MAX_NAL_UNITS) {
        throw new BitstreamError(`An access unit with more than ${MAX_NAL_UNITS} NAL units`);
      }
      units.push(data.subarray(start.nal, end));
    }
    start = next;
  }
  return units;
}

/** Without the zeros before `end`: a unit ends with none, so they are padding, or the first byte of a four-byte start code. */
export function endOfUnit(data: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && data[at - 1] === 0) at -= 1;
  return at;
}

/** Offsets of the first bytes of NAL units, in order, without splitting; for looking only at the start of a large picture. */
export function* nalOffsets(data: Buffer): Generator<number> {
  let start = nextStartCode(data, 0);
  for (let count = 0; start !== null && count < MAX_NAL_UNITS; count += 1) {
    if (start.nal < data.length) yield start.nal;
    start = nextStartCode(data, start.nal);
  }
}
