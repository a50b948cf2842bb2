import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
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

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const DAY = 24 * 60 * 60 * 1000;

/** What DTLS shows to browsers; its fingerprint stands in every description. */
export interface DtlsCertificate {
  certificate: string;
  privateKey: string;
  /** As SDP writes it: `sha-256 AB:CD:...` */
  fingerprint: string;
}

/** A self-signed P-256 certificate for the connections of one engine, made anew by each process (RFC 8827 §6.5). PEM. */
export function createDtlsCertificate(now = new Date()): DtlsCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const commonName = new AttributeTypeAndValue({
    type: COMMON_NAME,
    value: new AttributeValue({ utf8String: 'moonshare' }),
  });
  const name = new Name([new RelativeDistinguishedName([commonName])]);
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive, of full length
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: arrayBuffer(serial),
    signature: algorithm,
    issuer: name,
    validity: new Validity({ notBefore: new Date(now.getTime() - DAY), notAfter: new Date(now.getTime() + 365 * DAY) }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(body)), privateKey);
  const der = AsnConvert.serialize(
    new Certificate({ tbsCertificate: body, signatureAlgorithm: algorithm, signatureValue: arrayBuffer(signature) }),
  );
  const x509 = new X509Certificate(Buffer.from(der));
  return {
    certificate: x509.toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: `sha-256 ${x509.fingerprint256}`,
  };
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
