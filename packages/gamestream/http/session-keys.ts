import { randomBytes } from 'node:crypto';
import type { SessionKeys } from '../types.ts';

/** New for every launch and resume: a key must never be used with the same counter twice, protocol/1 §8.7. */
export function createSessionKeys(): SessionKeys {
  return { key: randomBytes(16), keyId: randomBytes(4).readInt32BE() };
}
