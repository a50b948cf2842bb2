import { FLOOD_FAULTS } from './floods.ts';
import { HOST_FAULTS } from './host.ts';
import { SERVER_FAULTS } from './server.ts';
import { STREAMER_FAULTS } from './streamers.ts';
import type { Fault } from './types.ts';
import { VIEWER_FAULTS } from './viewers.ts';

export { newLink } from './links.ts';
export * from './types.ts';

/** Every fault there is. */
export const FAULTS: readonly Fault[] = [
  ...STREAMER_FAULTS,
  ...VIEWER_FAULTS,
  ...FLOOD_FAULTS,
  ...HOST_FAULTS,
  ...SERVER_FAULTS,
];
