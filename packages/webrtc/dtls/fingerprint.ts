/** The digest of a certificate, as in SDP (RFC 8122): `value` is hexadecimal with colons. */
export interface Fingerprint {
  algorithm: 'sha-256' | 'sha-384' | 'sha-512';
  value: string;
}

const BYTES = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 } as const;
const HEX = /^[0-9a-f]{2}(:[0-9a-f]{2}){0,63}$/i;

/** `sha-256 AB:CD:...`; null if it is malformed or of another algorithm. */
export function parseFingerprint(text: string): Fingerprint | null {
  const [name = '', value = '', ...rest] = text.trim().split(/\s+/, 3);
  const algorithm = name.toLowerCase() as Fingerprint['algorithm'];
  if (rest.length > 0 || !Object.hasOwn(BYTES, algorithm)) return null;
  const fingerprint = { algorithm, value };
  return digestOf(fingerprint) === null ? null : fingerprint;
}

/** The bytes; null if they are not a digest of this algorithm. */
export function digestOf({ algorithm, value }: Fingerprint): Buffer | null {
  if (!HEX.test(value)) return null;
  const digest = Buffer.from(value.replaceAll(':', ''), 'hex');
  return digest.length === BYTES[algorithm] ? digest : null;
}
