import { createPrivateKey, createPublicKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { GameStreamError } from '../errors.ts';

/** The signature algorithm for each type of key. */
const ALGORITHMS: Readonly<Record<string, AlgorithmIdentifier>> = {
  rsa: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null }),
  ec: new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' }),
};
const COMMON_NAME = '2.5.4.3';
/** A host certificate is below 2 KiB; this is far more than any needs. */
const MAX_PEM = 64 * 1024;

export interface CertificateFields {
  /** Positive, big-endian. */
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
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: fields.commonName }) }),
    ]),
  ]);
  const algorithm = ALGORITHMS[key.asymmetricKeyType ?? ''];
  if (algorithm === undefined) throw new TypeError(`No certificate for a key of type ${key.asymmetricKeyType}`);
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(fields.serialNumber),
    signature: algorithm,
    issuer: name,
    validity: new Validity({ notBefore: fields.notBefore, notAfter: fields.notAfter }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(
      createPublicKey(key).export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), key);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: arrayBuffer(signature),
  });
  return derToPem(Buffer.from(AsnConvert.serialize(certificate)));
}

/** A random serial number: positive and without leading zeros, as DER requires. */
export function randomSerialNumber(): Buffer {
  const serialNumber = randomBytes(16);
  serialNumber[0] = (serialNumber[0]! & 0x7f) | 0x40;
  return serialNumber;
}

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

/** The signature inside a certificate, 256 bytes for RSA-2048: the `sig(cert)` of protocol/1 §5.1. Throws MALFORMED. */
export function certificateSignature(certificate: X509Certificate): Buffer {
  try {
    return Buffer.from(AsnConvert.parse(certificate.raw, Certificate).signatureValue);
  } catch (cause) {
    throw new GameStreamError('MALFORMED', 'The signature of the certificate cannot be read', { cause });
  }
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
