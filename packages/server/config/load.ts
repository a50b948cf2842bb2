import { MoonshareError } from '@moonshare/contract';
import type { z } from 'zod';
import { nearest } from './nearest.ts';
import { type Config, SETTINGS, type SettingName } from './settings.ts';

const PREFIX = 'MOONSHARE_';
/** Variables of the virtual host's own command. */
const FOREIGN_PREFIX = 'MOONSHARE_VIRTUAL_HOST_';

type Environment = Record<string, string | undefined>;

/** The settings of an environment. Throws CONFIG_INVALID that names every variable at fault. */
export function loadConfig(environment: Environment): Config {
  const problems = unknownVariables(environment);
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, { env, schema }] of Object.entries(SETTINGS) as [SettingName, (typeof SETTINGS)[SettingName]][]) {
    // An empty variable counts as not set: compose files and shells make them by the dozen.
    const variable = env.find((candidate) => (environment[candidate] ?? '') !== '');
    const result = (schema as z.ZodType).safeParse(variable === undefined ? undefined : environment[variable]);
    if (result.success) values[name] = result.data;
    else problems.push(...result.error.issues.map((issue) => `${variable ?? env[0]}: ${issue.message}`));
  }
  if (problems.length > 0) {
    throw new MoonshareError('CONFIG_INVALID', { message: `Configuration is not valid: ${problems.join('; ')}` });
  }
  return values as Config;
}

/** Each variable with its meaning, for --help and the docs. */
export function describeSettings(): string {
  const lines = Object.values(SETTINGS).map(({ env, doc }) => `  ${env.join(', ')}\n      ${doc}`);
  return lines.join('\n');
}

function unknownVariables(environment: Environment): string[] {
  const known = new Set<string>(Object.values(SETTINGS).flatMap(({ env }) => env));
  const endings = [...known].filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(FOREIGN_PREFIX) && !known.has(name))
    .map((name) => {
      const ending = nearest(name.slice(PREFIX.length), endings);
      return `${name} is not a setting${ending === null ? '' : `, did you mean ${PREFIX}${ending}`}`;
    });
}
