import type { Random } from '../random.ts';
import type { Testbed } from '../testbed.ts';
import type { Viewer, ViewerPool } from '../viewer-pool.ts';

/** The worst that may happen to a viewer: its picture pauses, it needs a new peer connection, or a new socket and everything after it. */
export type Impact = 'nothing' | 'picture' | 'peer' | 'socket';
export const IMPACTS: readonly Impact[] = ['nothing', 'picture', 'peer', 'socket'];

export interface Scene {
  testbed: Testbed;
  viewerPool: ViewerPool;
  random: Random;
  /** Those set by PUT; legacy front ends have more. */
  streamerIds: readonly string[];
}

export interface Outcome {
  impact(viewer: Viewer): Impact;
  /** What affected viewers must have been told, if their socket reports reasons. */
  reason?: RegExp;
  /** What else was measured. */
  note?: string;
}

export interface Fault {
  name: string;
  /** Waits for its own consequences, so nothing else may happen meanwhile. */
  alone?: boolean;
  /** Ends the server process: kept for the second half, so that one server lives through the first. */
  endsServer?: boolean;
  inject(scene: Scene): Promise<Outcome>;
}
