import { FLOOD_DEEDS } from './floods.ts';
import { HOST_DEEDS } from './host.ts';
import { SERVER_DEEDS } from './server.ts';
import { STREAMER_DEEDS } from './streamers.ts';
import type { Deed } from './types.ts';
import { VIEWER_DEEDS } from './viewers.ts';

export { newLink } from './links.ts';
export * from './types.ts';

/** Everything that is done. */
export const DEEDS: readonly Deed[] = [
  ...STREAMER_DEEDS,
  ...VIEWER_DEEDS,
  ...FLOOD_DEEDS,
  ...HOST_DEEDS,
  ...SERVER_DEEDS,
];
