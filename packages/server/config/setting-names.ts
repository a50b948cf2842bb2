import type { z } from 'zod';
import { SETTINGS, type SettingName } from './settings.ts';

/** The prefix of all our variables. */
export const PREFIX = 'MOONSHARE_';
/** Names the settings file; not a setting itself, as it cannot be in that file. */
export const CONFIG_VARIABLE = 'MOONSHARE_CONFIG';

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** `udpPorts` becomes `udp-ports` on a command line. */
export function settingFlag(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const SETTING_FLAGS: readonly string[] = SETTING_NAMES.map(settingFlag);

/** Flags that need no value. */
export const TOGGLE_FLAGS: ReadonlySet<string> = new Set(
  SETTING_NAMES.filter((name) => (SETTINGS[name].schema as z.ZodType).safeParse(true).data === true).map(settingFlag),
);
