import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { createDtlsCertificate } from './certificate.ts';

describe('the certificate of an engine', () => {
  it('is self-signed, valid now, and belongs to its key and fingerprint', () => {
    const now = new Date('2026-11-23T12:00:00Z');
    const { certificate, privateKey, fingerprint } = createDtlsCertificate(now);
    const x509 = new X509Certificate(certificate);
    assert.ok(x509.verify(x509.publicKey));
    assert.ok(x509.checkPrivateKey(createPrivateKey(privateKey)));
    assert.equal(fingerprint, `sha-256 ${x509.fingerprint256}`);
    assert.ok(x509.validFromDate < now && x509.validToDate > now);
  });

  it('is a new one each time', () => {
    assert.notEqual(createDtlsCertificate().fingerprint, createDtlsCertificate().fingerprint);
  });
});
