import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { LimitError } from '../auth/limit-error.ts';

/** scrypt's N: 32 MiB and some 80 ms per guess. */
export const PASSWORD_COST = 2 ** 15;
/** Stored with each hash, like the cost, so that they can be raised while old hashes remain valid. */
const PARAMETERS = { r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MAX_MEMORY = 256 * 1024 * 1024;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. `cost`: scrypt's N, a power of two. */
export async function hashPassword(password: string, cost = PASSWORD_COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return hashText(cost, salt, await derive(password, salt, HASH_BYTES, { N: cost, ...PARAMETERS }, 'known'));
}

/** Matches no password, but comparing takes as long as with a hash of that cost. */
export function hashOfNoPassword(cost: number): string {
  return hashText(cost, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
}

function hashText(cost: number, salt: Buffer, hash: Buffer): string {
  const { r, p } = PARAMETERS;
  return ['scrypt', cost, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Also false for a stored text that is not a hash. `by`: callers who have logged in here before take precedence over strangers. */
export async function verifyPassword(
  password: string,
  stored: string,
  by: 'known' | 'stranger' = 'stranger',
): Promise<boolean> {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (match === null) return false;
  const [N, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  const salt = Buffer.from(match[4]!, 'base64url');
  const hash = Buffer.from(match[5]!, 'base64url');
  return timingSafeEqual(await derive(password, salt, hash.length, { N, r, p }, by), hash);
}

/** Hashes waiting for a thread of the pool that file access and name lookups need too. */
let pending = 0;
/** Strangers leave some room for those who are known. */
const MAX_PENDING = { known: 32, stranger: 24 };

/** Normalized, because keyboards may enter the same text in different Unicode forms. Throws RATE_LIMITED. */
async function derive(
  password: string,
  salt: Buffer,
  length: number,
  options: ScryptOptions,
  by: keyof typeof MAX_PENDING,
): Promise<Buffer> {
  if (pending >= MAX_PENDING[by]) throw new LimitError('RATE_LIMITED', 'hashing');
  return new Promise((resolve, reject) => {
    pending++;
    scrypt(password.normalize('NFKC'), salt, length, { ...options, maxmem: MAX_MEMORY }, (error, key) => {
      pending--;
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
