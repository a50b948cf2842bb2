import { createPrivateKey, createPublicKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { der, derElements, derTime, Tag } from './der.ts';

/** The signature algorithm for each type of key: sha256WithRSAEncryption and ecdsa-with-SHA256. */
const ALGORITHMS: Readonly<Record<string, Buffer>> = {
  rsa: der(Tag.SEQUENCE, der(Tag.OBJECT_IDENTIFIER, Buffer.from('2a864886f70d01010b', 'hex')), der(Tag.NULL)),
  ec: der(Tag.SEQUENCE, der(Tag.OBJECT_IDENTIFIER, Buffer.from('2a8648ce3d040302', 'hex'))),
};
const COMMON_NAME = der(Tag.OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'));
const VERSION_3 = der(Tag.EXPLICIT_0, der(Tag.INTEGER, Buffer.from([2])));
/** Before what is whole bytes in a BIT STRING. */
const NO_UNUSED_BITS = Buffer.from([0]);
/** A host certificate is below 2 KiB; this is far more than any needs. */
const MAX_PEM = 64 * 1024;

export interface CertificateFields {
  /** Positive, big-endian, in the shortest form of two's complement. */
  serialNumber: Buffer;
  commonName: string;
  notBefore: Date;
  notAfter: Date;
  /** RSA or EC, PKCS#8 PEM. */
  privateKey: string;
}

/** A self-signed v3 certificate without extensions, signed with SHA-256: with an RSA key the form of protocol/1 §3.4. PEM out. */
export function createCertificate(fields: CertificateFields): string {
  const key = createPrivateKey(fields.privateKey);
  const algorithm = ALGORITHMS[key.asymmetricKeyType ?? ''];
  if (algorithm === undefined) throw new TypeError(`No certificate for a key of type ${key.asymmetricKeyType}`);
  const commonName = der(Tag.SEQUENCE, COMMON_NAME, der(Tag.UTF8_STRING, Buffer.from(fields.commonName)));
  const name = der(Tag.SEQUENCE, der(Tag.SET, commonName));
  const body = der(
    Tag.SEQUENCE,
    VERSION_3,
    der(Tag.INTEGER, fields.serialNumber),
    algorithm,
    name,
    der(Tag.SEQUENCE, derTime(fields.notBefore), derTime(fields.notAfter)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  const signature = der(Tag.BIT_STRING, NO_UNUSED_BITS, sign('sha256', body, key));
  return derToPem(der(Tag.SEQUENCE, body, algorithm, signature));
}

/** A random serial number: positive and without leading zeros, as DER requires. */
export function randomSerialNumber(): Buffer {
  const serialNumber = randomBytes(16);
  serialNumber[0] = (serialNumber[0]! & 0x7f) | 0x40;
  return serialNumber;
}

/** PEM as OpenSSL writes it: 64 columns, LF, final LF. Hosts compare and hash this very text, protocol/1 §3.4. */
export function derToPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
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

/** The signature inside a certificate, 256 bytes for RSA-2048: the `sig(cert)` of protocol/1 §5.1. Throws MALFORMED. */
export function certificateSignature(certificate: X509Certificate): Buffer {
  try {
    const [whole] = derElements(certificate.raw);
    const [, , signature] = derElements(whole!.content);
    return signature!.content.subarray(NO_UNUSED_BITS.length);
  } catch (cause) {
    throw new GameStreamError('MALFORMED', 'The signature of the certificate cannot be read', { cause });
  }
}
