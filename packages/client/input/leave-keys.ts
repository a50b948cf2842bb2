import { isApple, platformOf } from './platform.ts';

/** Gives keyboard and mouse back to the page, as in other clients of such hosts; by the names of this device's keys. */
export const LEAVE_KEYS = isApple(platformOf(navigator)) ? 'Control+Option+Shift+Z' : 'Ctrl+Alt+Shift+Z';
