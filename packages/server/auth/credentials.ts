import { createHash, timingSafeEqual } from 'node:crypto';

/** The token of `Authorization: Bearer <token>`, null for anything else. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** Compares with a secret in a time that reveals neither content nor length. */
export class Credentials {
  readonly #digest: Buffer | null;

  /** undefined: there is no secret, and nothing matches. */
  constructor(secret: string | undefined) {
    this.#digest = secret === undefined ? null : digest(secret);
  }

  match(candidate: string): boolean {
    return this.#digest !== null && timingSafeEqual(digest(candidate), this.#digest);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
