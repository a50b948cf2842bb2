import { generateKeyPair } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** More than one test uses at once. */
const KEYS = 16;

/** Generates the keys of `ready-keys.ts` for all processes that this one starts from now on. */
export async function makeKeys(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-keys-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'keys.json');
  const options = {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  } as const;
  const keys = await Promise.all(Array.from({ length: KEYS }, () => promisify(generateKeyPair)('rsa', options)));
  writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
  process.env.TESTS_RSA_KEYS = path;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('ready-keys.ts', import.meta.url)}`;
}
