import type { Random } from '../random.ts';
import type { Testbed } from '../testbed.ts';
import type { Viewer, ViewerPool } from '../viewer-pool.ts';

/** The most that may become of a viewer: its picture pauses, it needs another peer connection, or all anew. */
export type Impact = 'nothing' | 'picture' | 'peer' | 'socket';
export const IMPACTS: readonly Impact[] = ['nothing', 'picture', 'peer', 'socket'];

export interface Scene {
  testbed: Testbed;
  viewerPool: ViewerPool;
  random: Random;
  /** Those that are wanted; older front ends have more. */
  streamerIds: readonly string[];
}

export interface Outcome {
  impact(viewer: Viewer): Impact;
  /** What those who were affected must have been told, where their socket says such things. */
  reason?: RegExp;
  /** What was measured besides. */
  note?: string;
}

export interface Fault {
  name: string;
  /** Waits for what comes of it, so nothing else may happen meanwhile. */
  alone?: boolean;
  /** Ends the server's process: kept for the second half, so that one server lives through the first. */
  endsServer?: boolean;
  inject(scene: Scene): Promise<Outcome>;
}
