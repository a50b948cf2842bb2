import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';

/** What DTLS shows to peers; its fingerprint is in every description. */
export interface DtlsCertificate {
  /** PEM, like the key. */
  certificate: string;
  privateKey: string;
  /** As in SDP: `sha-256 AB:CD:...` */
  fingerprint: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const SERIAL_BYTES = 16;
const COMMON_NAME = 'WebRTC';
const OID = {
  commonName: Buffer.from('550403', 'hex'),
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
};
const TAG = { integer: 0x02, bits: 0x03, oid: 0x06, utf8: 0x0c, utcTime: 0x17, generalizedTime: 0x18 } as const;
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;

/** A self-signed P-256 certificate, valid for a year: make a new one in each process (RFC 8827 §6.5). */
export function createDtlsCertificate(now = new Date()): DtlsCertificate {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const der = selfSigned(privateKey, new Date(now.getTime() - DAY_MS), new Date(now.getTime() + 365 * DAY_MS));
  const x509 = new X509Certificate(der);
  return { certificate: x509.toString(), privateKey, fingerprint: `sha-256 ${x509.fingerprint256}` };
}

/** RFC 5280 §4.1, version 3 without extensions. */
function selfSigned(privateKey: string, notBefore: Date, notAfter: Date): Buffer {
  const key = createPrivateKey(privateKey);
  const algorithm = element(SEQUENCE, element(TAG.oid, OID.ecdsaWithSha256));
  const commonName = element(SEQUENCE, element(TAG.oid, OID.commonName), element(TAG.utf8, Buffer.from(COMMON_NAME)));
  const name = element(SEQUENCE, element(SET, commonName));
  const body = element(
    SEQUENCE,
    element(VERSION, element(TAG.integer, Buffer.of(2))),
    element(TAG.integer, serialNumber()),
    algorithm,
    name,
    element(SEQUENCE, time(notBefore), time(notAfter)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  // The first byte of a bit string says how many bits of the last byte are unused.
  const signature = element(TAG.bits, Buffer.of(0), sign('sha256', body, key));
  return element(SEQUENCE, body, algorithm, signature);
}

/** Positive, and in its shortest form. */
function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

/** RFC 5280 §4.1.2.5: from 2050 on with four digits of the year. */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  if (date.getUTCFullYear() >= 2050) return element(TAG.generalizedTime, Buffer.from(digits));
  return element(TAG.utcTime, Buffer.from(digits.slice(2)));
}

function element(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const { length } = bytes;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), bytes]);
}
