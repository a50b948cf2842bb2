import { createHash } from 'node:crypto';

/** Above Linux's ephemeral range, so that nobody is given these by chance. */
const FIRST = 61_000;
const PAIRS = 2_250;
/** More than one session with one host at a time is rare; after so many the system chooses. */
const CANDIDATES = 8;

/**
 * The local ports to try for the video and audio of one host, best first: the same in every session with it, since a Wolf
 * sends media of a new session to ports that it met in an earlier one (protocol/1 §8.8).
 */
export function localPorts(host: string): { video: number; audio: number }[] {
  const start = createHash('sha256').update(host).digest().readUInt32BE() % PAIRS;
  return Array.from({ length: CANDIDATES }, (_, step) => {
    const video = FIRST + 2 * ((start + step) % PAIRS);
    return { video, audio: video + 1 };
  });
}
