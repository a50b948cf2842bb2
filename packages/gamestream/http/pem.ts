import { X509Certificate } from 'node:crypto';
import { GameStreamError } from '../errors.ts';

/** A host certificate is below 2 KiB; this is far more than any needs. */
const MAX_PEM = 64 * 1024;

/** PEM as OpenSSL writes it: 64 columns, LF, final LF. Hosts compare and hash this very text, protocol/1 §3.4. */
export function derToPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Parses a PEM certificate from any source. Throws MALFORMED. */
export function parseCertificate(pem: string): X509Certificate {
  if (pem.length > MAX_PEM) throw new GameStreamError('MALFORMED', `A certificate of ${pem.length} characters`);
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new GameStreamError('MALFORMED', 'Not an X.509 certificate', { cause });
  }
}
