import { bracketed } from '@moonshare/gamestream';
import type { z } from 'zod';
import type { Settings, Source } from './load.ts';
import { SETTING_NAMES, settingFlag } from './setting-names.ts';
import { type Config, SETTINGS, type SettingName } from './settings.ts';

const SECRET = '***';

export interface SettingReport {
  name: SettingName;
  /** As in a settings file; null means not set, a secret is `***`. */
  value: unknown;
  source: Source;
}

/** Each setting, its value and where it came from. Secrets are masked. */
export function reportSettings({ config, sources }: Settings): SettingReport[] {
  return SETTING_NAMES.map((name) => {
    const value = toFile(config[name]);
    const hidden = SETTINGS[name].secret === true && sources[name].from !== 'default';
    return { name, value: hidden ? SECRET : value, source: sources[name] };
  });
}

/** The settings that are not at their defaults, wherever they come from. Secrets are masked. */
export function changedSettings(config: Config): Record<string, unknown> {
  const changed = SETTING_NAMES.filter((name) => {
    const value = JSON.stringify(toFile(config[name]));
    return value !== JSON.stringify(toFile((SETTINGS[name].schema as z.ZodType).parse(undefined)));
  });
  return Object.fromEntries(
    changed.map((name) => [name, SETTINGS[name].secret === true ? SECRET : toFile(config[name])]),
  );
}

/** The names of secrets in the settings file. */
export function secretsInFile({ sources }: Settings): SettingName[] {
  return SETTING_NAMES.filter((name) => SETTINGS[name].secret === true && sources[name].from === 'file');
}

/** `default`, `PORT`, `--port`, `/etc/moonshare.json` */
export function sourceText(source: Source): string {
  switch (source.from) {
    case 'default':
      return 'default';
    case 'file':
      return source.path;
    case 'environment':
      return source.variable;
    case 'flag':
      return source.flag;
  }
}

/** Each setting with its meaning, for --help. */
export function describeSettings(): string {
  return SETTING_NAMES.map((name) => {
    const fallback = defaultText(name);
    const names = `--${settingFlag(name)}, ${SETTINGS[name].env.join(', ')}`;
    return `  ${names}${fallback === '' ? '' : ` [${fallback}]`}\n      ${SETTINGS[name].doc}`;
  }).join('\n');
}

/** The rows of docs/settings.md. */
export function settingRows(): string[] {
  return SETTING_NAMES.map((name) => {
    const { env, doc, secret } = SETTINGS[name];
    const fallback = defaultText(name);
    const cells = [
      `\`${name}\``,
      env.map((variable) => `\`${variable}\``).join(', '),
      `\`--${settingFlag(name)}\``,
      fallback === '' ? '' : `\`${fallback}\``,
      `${doc}${secret === true ? ' Secret.' : ''}`,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
}

/** A value for people to read; empty if there is none. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== 'object') ? value.join(',') : JSON.stringify(value);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function defaultText(name: SettingName): string {
  const { defaultText: text, schema } = SETTINGS[name];
  return text ?? valueText(toFile((schema as z.ZodType).parse(undefined)));
}

/** The format used in a settings file. */
function toFile(value: unknown): unknown {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(toFile);
  if (typeof value !== 'object' || value === null) return value;
  if ('from' in value && 'to' in value) return `${value.from}-${value.to}`;
  if ('address' in value && 'httpPort' in value) {
    return `${bracketed(String(value.address))}:${value.httpPort}`;
  }
  return value;
}
