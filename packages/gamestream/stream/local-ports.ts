import { createHash } from 'node:crypto';

/** Above Linux's ephemeral range, so that the system assigns none of these by chance. */
const FIRST = 61_000;
const PAIRS = 2_250;

/**
 * The local ports for the video and audio of one host: the same in every session, since a Wolf sends media of a new session
 * to the ports it knows from an earlier one (protocol/1 §8.8).
 */
export function localPorts(host: string): { video: number; audio: number } {
  const pair = createHash('sha256').update(host).digest().readUInt32BE() % PAIRS;
  const video = FIRST + 2 * pair;
  return { video, audio: video + 1 };
}
