import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a secret opens: `mss_` a session, `mst_` the API, `msl_` one streamer. */
export type SecretKind = 'mss' | 'mst' | 'msl';

const SECRET_BYTES = 32;
const NOBODY = Buffer.alloc(32);

/** A new secret: the digest to store, and its text once the ID of its row is known. */
export function createSecret(kind: SecretKind): { digest: Buffer; text: (id: number) => string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { digest: digest(secret), text: (id) => `${kind}_${id}_${secret}` };
}

/** The record that the text opens; null if there is none, if the secret is wrong, or if it has expired. */
export function openSecret<T extends { digest: Uint8Array; expiresAt: number }>(
  kind: SecretKind,
  text: string,
  load: (id: number) => T | undefined,
  now: number,
): T | null {
  const match = /^(ms[a-z])_(\d{1,15})_([\w-]{43})$/.exec(text);
  if (match === null || match[1] !== kind) return null;
  const record = load(Number(match[2]));
  // Always compared, so that unknown and wrong take the same time.
  const right = timingSafeEqual(digest(match[3]!), record?.digest ?? NOBODY);
  return record !== undefined && right && now < record.expiresAt ? record : null;
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
