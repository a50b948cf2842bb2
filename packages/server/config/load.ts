import { MoonshareError } from '@moonshare/contract';
import type { z } from 'zod';
import { crossCheck } from './cross-checks.ts';
import { SETTING_NAMES, settingFlag } from './setting-names.ts';
import { type Config, SETTINGS, type SettingName } from './settings.ts';
import type { SettingsFile } from './settings-file.ts';
import { unknownFlags, unknownKeys, unknownVariables } from './unknown-settings.ts';

export type Environment = Record<string, string | undefined>;

/** Where a value came from, the strongest last: flags override variables, variables override the file. */
export type Source =
  | { from: 'default' }
  | { from: 'file'; path: string; key: string }
  | { from: 'environment'; variable: string }
  | { from: 'flag'; flag: string };

export interface Settings {
  config: Config;
  sources: Record<SettingName, Source>;
  file: string | null;
}

export interface SettingInputs {
  environment: Environment;
  file?: SettingsFile | null;
  /** By name without the dashes; `true` if no value was given. */
  flags?: Readonly<Record<string, string | true>>;
  /** Used instead of the schema's defaults. */
  defaults?: Readonly<Record<string, string>>;
}

/** All settings and where each came from. Throws CONFIG_INVALID, which names everything that is wrong. */
export function resolveSettings(inputs: SettingInputs): Settings {
  const { environment, file = null, flags = {}, defaults = {} } = inputs;
  const problems = [
    ...unknownVariables(environment),
    ...unknownFlags(flags),
    ...(file === null ? [] : unknownKeys(file)),
  ];
  const values: Partial<Record<SettingName, unknown>> = {};
  const sources: Partial<Record<SettingName, Source>> = {};
  for (const name of SETTING_NAMES) {
    const { source, raw } = find(name, { environment, file, flags, defaults });
    const result = (SETTINGS[name].schema as z.ZodType).safeParse(raw);
    sources[name] = source;
    if (result.success) values[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${label(name, source)}${problem(issue)}`));
  }
  if (problems.length === 0) problems.push(...crossCheck(values as Config));
  if (problems.length > 0) {
    throw new MoonshareError('CONFIG_INVALID', { message: `The configuration is not valid: ${problems.join('; ')}` });
  }
  return {
    config: values as Config,
    sources: sources as Record<SettingName, Source>,
    file: file?.path ?? null,
  };
}

/** The settings from an environment alone. Throws CONFIG_INVALID. */
export function loadConfig(environment: Environment): Config {
  return resolveSettings({ environment }).config;
}

/** `PORT`, `--port`, `port in /etc/moonshare.json`; the variable to set if nothing is set. */
function label(name: SettingName, source: Source): string {
  switch (source.from) {
    case 'flag':
      return source.flag;
    case 'environment':
      return source.variable;
    case 'file':
      return `${source.key} in ${source.path}`;
    case 'default':
      return SETTINGS[name].env[0];
  }
}

function problem({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? `: ${message}` : ` (${path.join('.')}): ${message}`;
}

function find(name: SettingName, inputs: Required<SettingInputs>): { source: Source; raw: unknown } {
  const { environment, file, flags } = inputs;
  const flag = settingFlag(name);
  if (Object.hasOwn(flags, flag)) return { source: { from: 'flag', flag: `--${flag}` }, raw: flags[flag] };
  // An empty variable counts as not set: compose files and shells create them by the dozen.
  const variable = SETTINGS[name].env.find((candidate) => (environment[candidate] ?? '') !== '');
  if (variable !== undefined) return { source: { from: 'environment', variable }, raw: environment[variable] };
  if (file !== null && Object.hasOwn(file.values, name)) {
    return { source: { from: 'file', path: file.path, key: name }, raw: file.values[name] };
  }
  return { source: { from: 'default' }, raw: inputs.defaults[name] };
}
