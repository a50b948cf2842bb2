import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { createCertificate, randomSerialNumber } from './certificate.ts';
import type { ClientIdentity } from './types.ts';

const YEAR_MS = 365.25 * 24 * 3600 * 1000;

/** A new client certificate and key: one per end user, as hosts recognize a client by nothing else (protocol/1 §3.4). */
export function createClientIdentity(): Promise<ClientIdentity> {
  return createHostIdentity('NVIDIA GameStream Client');
}

/** A new certificate and key for the host side, protocol/1 §3.3. */
export async function createHostIdentity(commonName: string): Promise<ClientIdentity> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicExponent: 0x10001,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // A day back, for hosts whose clock is slow; whole seconds, as DER has no fractions.
  const now = Math.floor(Date.now() / 1000) * 1000;
  const notBefore = new Date(now - 24 * 3600 * 1000);
  const notAfter = new Date(now + 20 * YEAR_MS);
  const serialNumber = randomSerialNumber();
  return { certificate: createCertificate({ serialNumber, commonName, notBefore, notAfter, privateKey }), privateKey };
}
