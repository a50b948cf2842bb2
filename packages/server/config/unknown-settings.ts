import { closestName } from '@moonshare/contract';
import { CONFIG_VARIABLE, PREFIX, SETTING_FLAGS, SETTING_NAMES } from './setting-names.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsFile } from './settings-file.ts';

/** Variables of the virtual host's command. */
const FOREIGN_PREFIX = 'MOONSHARE_VIRTUAL_HOST_';

/** One line for each variable that looks like a setting but is not. */
export function unknownVariables(environment: Readonly<Record<string, unknown>>): string[] {
  const known = new Set<string>([CONFIG_VARIABLE, ...Object.values(SETTINGS).flatMap(({ env }) => env)]);
  const endings = [...known].filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(FOREIGN_PREFIX) && !known.has(name))
    .map((name) => {
      const ending = closestName(name.slice(PREFIX.length), endings);
      return complaint(name, ending === null ? null : PREFIX + ending);
    });
}

/** The same for the keys of a settings file, where people also write variables. */
export function unknownKeys(file: SettingsFile): string[] {
  return Object.keys(file.values)
    .filter((key) => !Object.hasOwn(SETTINGS, key))
    .map((key) => {
      const variable = SETTING_NAMES.find((name) => SETTINGS[name].env.includes(key));
      return complaint(`${key} in ${file.path}`, variable ?? closestName(key, SETTING_NAMES));
    });
}

/** The same for flags; `others` are the command's own. */
export function unknownFlags(flags: Readonly<Record<string, unknown>>, others: readonly string[] = []): string[] {
  const known = [...SETTING_FLAGS, ...others];
  return Object.keys(flags)
    .filter((flag) => !known.includes(flag))
    .map((flag) => {
      const meant = closestName(flag, known);
      return complaint(`--${flag}`, meant === null ? null : `--${meant}`);
    });
}

function complaint(name: string, meant: string | null): string {
  return `${name} is not a setting${meant === null ? '' : `, did you mean ${meant}`}`;
}
