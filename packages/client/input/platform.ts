export type Platform = 'windows' | 'mac' | 'ios' | 'linux' | 'android';

/** The system that a browser runs on, as far as keyboards differ. An iPad claims to be a Mac, but accepts fingers. */
export function platformOf({
  userAgent,
  maxTouchPoints = 0,
}: {
  userAgent: string;
  maxTouchPoints?: number;
}): Platform {
  if (/iPhone|iPad/.test(userAgent)) return 'ios';
  if (/Mac/.test(userAgent)) return maxTouchPoints > 1 ? 'ios' : 'mac';
  if (/Android/.test(userAgent)) return 'android';
  return /Windows/.test(userAgent) ? 'windows' : 'linux';
}

/** Keyboards of Macs, iPads and iPhones behave alike. */
export function isApple(platform: Platform): boolean {
  return platform === 'mac' || platform === 'ios';
}

/** Browsers offer gamepads only to secure pages (HTTPS or localhost). */
export function gamepadsAvailable(): boolean {
  return globalThis.isSecureContext === true && typeof navigator.getGamepads === 'function';
}

/** Gives keyboard and mouse back to the page, as in other clients; with the key names of this device. A server before Node 21 has no navigator. */
export const LEAVE_KEYS = isApple(platformOf(globalThis.navigator ?? { userAgent: '' }))
  ? 'Control+Option+Shift+Z'
  : 'Ctrl+Alt+Shift+Z';
