import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { createDtlsCertificate } from './certificate.ts';

describe('the certificate of an engine', () => {
  it('is self-signed, valid for a year, and belongs to its key and fingerprint', () => {
    // The form of times changes in 2050; several certificates, because lengths of signatures differ.
    for (const year of [2026, 2048, 2049, 2050, 2051]) {
      const now = new Date(`${year}-11-23T12:34:56Z`);
      const { certificate, privateKey, fingerprint } = createDtlsCertificate(now);
      const x509 = new X509Certificate(certificate);
      assert.ok(x509.verify(x509.publicKey));
      assert.ok(x509.checkPrivateKey(createPrivateKey(privateKey)));
      assert.equal(fingerprint, `sha-256 ${x509.fingerprint256}`);
      assert.equal(x509.subject, 'CN=WebRTC');
      assert.equal(x509.issuer, x509.subject);
      assert.equal(x509.validFromDate.getTime(), now.getTime() - 24 * 3600_000);
      assert.equal(x509.validToDate.getTime(), now.getTime() + 365 * 24 * 3600_000);
    }
  });

  it('is a new one each time', () => {
    assert.notEqual(createDtlsCertificate().fingerprint, createDtlsCertificate().fingerprint);
  });
});
