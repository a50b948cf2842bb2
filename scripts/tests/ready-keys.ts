// Loaded into every process of a test run: 2048-bit RSA keys come from a set generated once per run. Each certificate is still
// made for its test, with its own serial number.
import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';

interface KeyPair {
  publicKey: string;
  privateKey: string;
}

const path = process.env.TESTS_RSA_KEYS;
if (path !== undefined) {
  const generate = promisify(crypto.generateKeyPair) as (type: string, options: unknown) => Promise<unknown>;
  let keys: KeyPair[] | undefined;
  let next = crypto.randomInt(1_000);
  const readyKeyPair = async (type: string, options: { modulusLength?: number }): Promise<unknown> => {
    if (type !== 'rsa' || options.modulusLength !== 2048) return generate(type, options);
    keys ??= JSON.parse(readFileSync(path, 'utf8')) as KeyPair[];
    return keys[next++ % keys.length];
  };
  Object.assign(crypto.generateKeyPair, { [promisify.custom]: readyKeyPair });
  syncBuiltinESMExports();
}
