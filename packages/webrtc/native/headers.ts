import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Node's own headers come with its npm packages and its archives, beside `bin/node`. */
export function nodeHeaders(): string | null {
  const folders = [join(dirname(process.execPath), '..')];
  try {
    folders.push(dirname(createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`)));
  } catch {
    // Not installed: it is an optional dependency.
  }
  const candidates = folders.map((folder) => join(folder, 'include/node'));
  return candidates.find((folder) => existsSync(join(folder, 'openssl/ssl.h'))) ?? null;
}
