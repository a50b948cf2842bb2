import { GameStreamError } from '../errors.ts';
import type { HttpReply } from './http-get.ts';
import { parseReply, replyXml, type XmlReply } from './xml.ts';

/** Answers are a few hundred bytes. */
export const MAX_ABR_BYTES = 64 * 1024;
/** Statuses of a host that does not know the path, protocol/1 §7.5. */
const MISSING: readonly number[] = [404, 405, 501];

/** Whether the host does not know the path that was asked for: it says so as HTTP status, or within an XML answer. */
export function isMissing({ status, body }: HttpReply): boolean {
  if (MISSING.includes(status)) return true;
  try {
    return MISSING.includes(parseReply(body).statusCode);
  } catch {
    return false;
  }
}

/** Whether it is the answer of a host that knows `/api/abr/capabilities`, whatever it says there: `supported` is about more. */
export function isAbrAnswer({ status, body }: HttpReply): boolean {
  if (status < 200 || status > 299) return false;
  try {
    const answer: unknown = JSON.parse(body.toString());
    return typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  } catch {
    return false;
  }
}

/** What the host has applied, kbit/s; null: it does not say. Throws HOST_REFUSED for the 0 of a failure, HOST_BAD_REPLY. */
export function appliedBitrate({ root }: XmlReply): number | null {
  const text = root.text('bitrate');
  if (text === null) return null;
  const kbps = root.integer('bitrate');
  if (kbps === null || kbps < 0) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The bitrate in the answer of the host is not a number');
  }
  if (kbps === 0) throw new GameStreamError('HOST_REFUSED', 'The host did not change the bitrate');
  return kbps;
}

/** Throws INVALID_ARGUMENT. */
export function checkBitrate(kbps: number): void {
  if (Number.isInteger(kbps) && kbps >= 100 && kbps <= 1_000_000) return;
  throw new GameStreamError('INVALID_ARGUMENT', 'The bitrate is out of range');
}

/** The answer of a host, protocol/1 §7.5. `kbps`: what it applied; 0: it could not. */
export function bitrateReplyXml(kbps: number): string {
  return replyXml([['bitrate', kbps]]);
}
