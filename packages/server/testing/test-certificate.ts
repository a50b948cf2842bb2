import { X509Certificate } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createHostIdentity } from '@moonshare/gamestream';
import { temporaryDirectory } from './temporary-directory.ts';

export interface TestCertificate {
  certificate: string;
  key: string;
}

export async function createTestCertificate(name = 'localhost'): Promise<TestCertificate> {
  const { certificate, privateKey } = await createHostIdentity(name);
  return { certificate, key: privateKey };
}

/** In the form that TLS connections report. */
export function fingerprint({ certificate }: TestCertificate): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** Two files in a separate directory, replaced the way certbot does it. */
export function tlsFiles(context: TestContext): {
  files: TestCertificate;
  write(part: Partial<TestCertificate>): void;
} {
  const directory = temporaryDirectory(context, 'moonshare-tls-');
  const files = { certificate: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  const replace = (path: string, text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  return {
    files,
    write: ({ certificate, key }) => {
      if (certificate !== undefined) replace(files.certificate, certificate);
      if (key !== undefined) replace(files.key, key);
    },
  };
}
