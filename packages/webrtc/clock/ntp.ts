/** Seconds from 1900, the NTP epoch, to 1970. */
const NTP_EPOCH = 2_208_988_800;

/** An NTP timestamp (RFC 5905) as two u32. */
export interface Ntp {
  seconds: number;
  fraction: number;
}

/** `unixMs`: milliseconds since 1970, fractional. */
export function toNtp(unixMs: number): Ntp {
  const seconds = Math.floor(unixMs / 1000);
  const fraction = Math.floor((unixMs / 1000 - seconds) * 2 ** 32);
  return { seconds: (seconds + NTP_EPOCH) % 2 ** 32, fraction: Math.min(fraction, 2 ** 32 - 1) };
}

/** The middle 32 bits in units of 1/65536 s, as in LSR (RFC 3550 §6.4.1). */
export function middle32({ seconds, fraction }: Ntp): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}
