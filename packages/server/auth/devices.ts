import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const DEVICE_COOKIE = 'moonshare_device';
export const DEVICE_SECONDS = 366 * 24 * 3600;

/**
 * Browsers in which a user has logged in, recognized by a cookie that opens nothing: it only keeps people who guess at that user's
 * password from slowing the user down.
 */
export class Devices {
  readonly #key: Uint8Array;

  /** `key`: at least 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The value of the cookie. */
  issue(userId: number): string {
    const id = randomBytes(12).toString('base64url');
    return `${id}.${this.#mac(userId, id).toString('base64url')}`;
  }

  /** Which browser it is; null if this user has never logged in there. */
  idOf(userId: number, cookie: string): string | null {
    const [, id, mac] = /^([\w-]{16})\.([\w-]{43})$/.exec(cookie) ?? [];
    if (id === undefined || mac === undefined) return null;
    return timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(userId, id)) ? id : null;
  }

  #mac(userId: number, id: string): Buffer {
    return createHmac('sha256', this.#key).update(`${userId}:${id}`).digest();
  }
}
