/** Bits of `x-ss-general.encryption…`, protocol/1 §8.4. */
export const ENCRYPT_CONTROL_V2 = 1;
export const ENCRYPT_VIDEO = 2;
export const ENCRYPT_AUDIO = 4;

const OPUS_LINE = /a=fmtp:97 surround-params=(\d{3,16})/g;
const MAX_OPUS_LINES = 16;

/** What the DESCRIBE reply says about the host, protocol/1 §8.4. */
export interface HostDescription {
  hevc: boolean;
  av1: boolean;
  refPicInvalidation: boolean;
  /** 1 pen and touch events, 2 controller touch events. */
  featureFlags: number;
  /** Null: the host does not negotiate encryption (Wolf, GFE). */
  encryption: { supported: number; requested: number } | null;
  /** Digits of each `surround-params`, in order: channels, streams, coupled streams, mapping. */
  opusLines: string[];
}

/** Not SDP but lines to search: LF or CRLF, with or without a space after the colon, `a=` missing or doubled. Never throws. */
export function parseDescribe(body: string): HostDescription {
  const supported = number(body, 'x-ss-general.encryptionSupported');
  const requested = number(body, 'x-ss-general.encryptionRequested');
  return {
    hevc: body.includes('sprop-parameter-sets=AAAAAU'),
    av1: body.includes('AV1/90000'),
    refPicInvalidation: /x-nv-video\[0\]\.refPicInvalidation[:=] ?1/.test(body),
    featureFlags: number(body, 'x-ss-general.featureFlags') ?? 0,
    encryption:
      supported === null && requested === null ? null : { supported: supported ?? 0, requested: requested ?? 0 },
    opusLines: [...body.matchAll(OPUS_LINE)].slice(0, MAX_OPUS_LINES).map((match) => match[1]!),
  };
}

function number(body: string, name: string): number | null {
  const at = body.indexOf(`${name}:`);
  const digits = at < 0 ? null : /^ *(\d{1,9})(?!\d)/.exec(body.slice(at + name.length + 1, at + name.length + 20));
  return digits ? Number(digits[1]) : null;
}

/** The body as Sunshine writes it: LF, in this order. */
export function buildDescribe(description: HostDescription): string {
  const { encryption } = description;
  const lines = [`a=x-ss-general.featureFlags:${description.featureFlags}`];
  if (encryption) {
    lines.push(`a=x-ss-general.encryptionSupported:${encryption.supported}`);
    lines.push(`a=x-ss-general.encryptionRequested:${encryption.requested}`);
  }
  if (description.refPicInvalidation) lines.push('a=x-nv-video[0].refPicInvalidation:1');
  if (description.hevc) lines.push('sprop-parameter-sets=AAAAAU');
  if (description.av1) lines.push('a=rtpmap:98 AV1/90000');
  for (const digits of description.opusLines) lines.push(`a=fmtp:97 surround-params=${digits}`);
  return lines.map((line) => `${line}\n`).join('');
}
