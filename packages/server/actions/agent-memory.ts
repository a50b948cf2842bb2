import type { Point, Size } from '@moonshare/actions';
import type { Picture } from '@moonshare/contract';
import type { Turns } from './turns.ts';

/** What is known of an agent between its requests. */
export interface AgentMemory {
  readonly turns: Turns;
  /** The last picture of all of the stream that it was given, and the size of the stream then. */
  shown: { picture: Size; stream: Size } | null;
  /** Where it has put the pointer, in pixels of the stream. */
  pointer: Point | null;
}

/** A part of the stream changes nothing: coordinates are always of all of it. */
export function noteShown(memory: AgentMemory, { width, height, region, streamWidth, streamHeight }: Picture): void {
  const stream = { width: streamWidth, height: streamHeight };
  if (region.width !== stream.width || region.height !== stream.height) return;
  memory.shown = { picture: { width, height }, stream };
}
