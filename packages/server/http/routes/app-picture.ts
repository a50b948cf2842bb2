import { readFileSync } from 'node:fs';
import { type ErrorCode, MoonshareError } from '@moonshare/contract';
import type { Host } from '../../hosts/host.ts';

export interface AppPicture {
  contentType: string;
  data: Buffer;
  /** false: the host may have another one soon. */
  lasts: boolean;
}

const NEUTRAL = {
  contentType: 'image/png',
  data: readFileSync(new URL('./neutral-picture.png', import.meta.url)),
};

/** Trouble with the host, not with the request: front ends show an error for each app whose picture fails (protocol/4 §1). */
const FOR_NOW: ReadonlySet<ErrorCode> = new Set([
  'HOST_BAD_REPLY',
  'HOST_REFUSED',
  'HOST_TIMEOUT',
  'HOST_UNREACHABLE',
  'HOST_UNSUPPORTED',
]);

/** A neutral picture if the host has none (Wolf never does) or cannot provide it now. */
export async function pictureOf(host: Host, appId: number): Promise<AppPicture> {
  try {
    return { ...(await host.boxArt(appId)), lasts: true };
  } catch (error) {
    const { code } = MoonshareError.from(error);
    if (code === 'APP_NOT_FOUND') return { ...NEUTRAL, lasts: true };
    if (FOR_NOW.has(code)) return { ...NEUTRAL, lasts: false };
    throw error;
  }
}
