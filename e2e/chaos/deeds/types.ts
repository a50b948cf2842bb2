import type { Crowd, Viewer } from '../crowd.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

/** The most that may become of a viewer: its picture pauses, it needs another peer connection, or all anew. */
export type Hurt = 'nothing' | 'picture' | 'peer' | 'socket';
export const HURTS: readonly Hurt[] = ['nothing', 'picture', 'peer', 'socket'];

export interface Scene {
  world: World;
  crowd: Crowd;
  random: Random;
  /** Those that are wanted; older front ends have more. */
  streamerIds: readonly string[];
}

export interface Outcome {
  hurt(viewer: Viewer): Hurt;
  /** What those who were hurt must have been told, where their socket says such things. */
  told?: RegExp;
  /** What was measured besides. */
  note?: string;
}

export interface Deed {
  name: string;
  /** Waits for what comes of it, so nothing else may happen meanwhile. */
  alone?: boolean;
  /** Ends the server's process: kept for the second half, so that one server lives through the first. */
  endsServer?: boolean;
  commit(scene: Scene): Promise<Outcome>;
}
