import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { certificateSignature, createCertificate } from './certificate.ts';
import { clientIdentity, hostIdentity, signatures } from './fixtures/vectors.ts';
import { createClientIdentity, createHostIdentity } from './identity.ts';
import { derToPem, parseCertificate } from './pem.ts';

const validity = { notBefore: new Date('2024-01-01T00:00:00Z'), notAfter: new Date('2044-01-01T00:00:00Z') };

test('the certificates of protocol/1 §10.1 are reproduced byte for byte', () => {
  const client = createCertificate({
    serialNumber: Buffer.from([1]),
    commonName: 'NVIDIA GameStream Client',
    ...validity,
    privateKey: clientIdentity.privateKey,
  });
  assert.equal(client, clientIdentity.certificate);
  assert.equal(client.length, 1013);
  assert.equal(
    createHash('sha256').update(client).digest('hex'),
    '885c5b3585c3f8f409ae9751949f2892b14a899914ac3787ad055134f5696e08',
  );
  const host = createCertificate({
    serialNumber: Buffer.from([2]),
    commonName: 'Sunshine Gamestream Host',
    ...validity,
    privateKey: hostIdentity.privateKey,
  });
  assert.equal(host, hostIdentity.certificate);
  assert.equal(
    createHash('sha256').update(host).digest('hex'),
    '450a35d9d84330f2f5ac7723712667c51dfcb0e3684866a4de9716ac2b3ba73d',
  );
});

test('times, names of any length and keys of both types are read by OpenSSL as they were meant', () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // UTCTime ends with 2049, and the length of an element takes another byte from 128 and from 256 bytes on.
  const ends = ['2049-12-31T23:59:59Z', '2050-01-01T00:00:00Z'];
  for (const [notAfter, length] of ends.flatMap((end) => [1, 64, 127, 128, 255, 256].map((n) => [end, n] as const))) {
    const commonName = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
    const fields = { serialNumber: Buffer.from([0x7f, 1]), commonName, notBefore: validity.notBefore };
    const pem = createCertificate({ ...fields, notAfter: new Date(notAfter), privateKey });
    const certificate = new X509Certificate(pem);
    assert.equal(new Date(certificate.validFrom).getTime(), validity.notBefore.getTime());
    assert.equal(new Date(certificate.validTo).getTime(), Date.parse(notAfter));
    assert.ok(certificate.raw.includes(commonName));
    assert.equal(certificate.serialNumber, '7F01');
    assert.ok(certificate.verify(certificate.publicKey));
  }
});

test('the signature value is found inside the certificate', () => {
  const signature = (pem: string) => certificateSignature(parseCertificate(pem)).toString('hex');
  assert.equal(signature(clientIdentity.certificate), signatures.clientCertificate);
  assert.equal(signature(hostIdentity.certificate), signatures.hostCertificate);
});

test('a new identity is self-signed, RSA-2048, valid for ten years and without extensions', async () => {
  for (const [identity, name] of [
    [await createClientIdentity(), 'NVIDIA GameStream Client'],
    [await createHostIdentity('A host of ours'), 'A host of ours'],
  ] as const) {
    const certificate = new X509Certificate(identity.certificate);
    assert.equal(certificate.subject, `CN=${name}`);
    assert.equal(certificate.issuer, certificate.subject);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.publicExponent, 65537n);
    assert.ok(Date.parse(certificate.validTo) - Date.now() > 10 * 365 * 24 * 3600_000);
    assert.ok(Date.parse(certificate.validFrom) < Date.now());
    // Extensions would be a [3] after the public key, so the body must end with the key.
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
    assert.equal(
      certificate.raw
        .subarray(-key.length - 276, -276)
        .toString('hex')
        .endsWith(key.toString('hex')),
      true,
    );
    assert.equal(identity.certificate, derToPem(certificate.raw));
    assert.equal(certificateSignature(certificate).length, 256);
    assert.match(identity.privateKey, /^-----BEGIN PRIVATE KEY-----\n/);
  }
});

test('anything but a certificate throws MALFORMED, and nothing else', () => {
  const attempt = (text: string) => {
    try {
      certificateSignature(parseCertificate(text));
    } catch (error) {
      assert.ok(error instanceof GameStreamError && error.code === 'MALFORMED', String(error));
    }
  };
  attempt('x'.repeat(70_000));
  const der = new X509Certificate(hostIdentity.certificate).raw;
  fc.assert(fc.property(fc.string(), attempt), { numRuns: 200 });
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, value, cut) => {
      const damaged = Buffer.from(der.subarray(0, cut));
      if (at < cut) damaged[at] = value;
      attempt(derToPem(damaged));
    }),
    { numRuns: 500 },
  );
});
