import { createPrivateKey, createPublicKey, randomBytes, sign, type X509Certificate } from 'node:crypto';
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
import { derToPem } from './pem.ts';

/** The signature algorithm for each type of key. */
const ALGORITHMS: Readonly<Record<string, AlgorithmIdentifier>> = {
  rsa: new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null }),
  ec: new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' }),
};
const COMMON_NAME = '2.5.4.3';

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
