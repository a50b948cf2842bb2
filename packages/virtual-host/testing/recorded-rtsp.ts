import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CAPTURES = resolve(process.env.MOONSHARE_CAPTURES ?? join(import.meta.dirname, '../../../../shared/captures'));

/** Recordings with an RTSP dialogue between a real host and a real client. */
export const DIALOGUES = existsSync(CAPTURES)
  ? readdirSync(CAPTURES).filter((name) => existsSync(join(CAPTURES, name, 'rtsp.txt')))
  : [];

export const NO_DIALOGUES = `no recordings in ${CAPTURES}: set MOONSHARE_CAPTURES to the captures folder`;

/** What one side said, message by message. */
export function recordedRtsp(name: string, from: 'client' | 'host'): string[] {
  const parts = readFileSync(join(CAPTURES, name, 'rtsp.txt'), 'latin1')
    .split(/^(?:=====|>>>) (client|host)\b.*\n/m)
    .slice(1);
  // A line end follows each message in the file.
  return parts.flatMap((part, at) => (at % 2 === 1 && parts[at - 1] === from ? [part.slice(0, -1)] : []));
}
