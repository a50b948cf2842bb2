import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createCertificate, randomSerialNumber } from '@moonshare/gamestream';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The certificate DTLS shows to browsers; its fingerprint is in every description. */
export interface DtlsCertificate {
  certificate: string;
  privateKey: string;
  /** As in SDP: `sha-256 AB:CD:...` */
  fingerprint: string;
}

/** A self-signed P-256 certificate for the connections of one engine, new in each process (RFC 8827 §6.5). PEM. */
export function createDtlsCertificate(now = new Date()): DtlsCertificate {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = createCertificate({
    serialNumber: randomSerialNumber(),
    commonName: 'moonshare',
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + 365 * DAY_MS),
    privateKey,
  });
  return { certificate, privateKey, fingerprint: `sha-256 ${new X509Certificate(certificate).fingerprint256}` };
}
