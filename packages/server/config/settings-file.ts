import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MoonshareError } from '@moonshare/contract';
import { CONFIG_VARIABLE } from './setting-names.ts';

export interface SettingsFile {
  path: string;
  values: Record<string, unknown>;
}

/** Searched if no file is named; the first that exists is used. */
const USUAL_PLACES = ['moonshare.json', '/etc/moonshare.json'];
/** A quoted string, which may contain what looks like a comment; or a comment. */
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * The settings file: `named` (a flag), the one in MOONSHARE_CONFIG, ./moonshare.json or /etc/moonshare.json; null if there is none.
 * Throws CONFIG_INVALID if a named one is missing, or any cannot be read.
 */
export function findSettingsFile(
  environment: Readonly<Record<string, string | undefined>>,
  options: { named?: string | undefined; directory?: string; usualPlaces?: readonly string[] } = {},
): SettingsFile | null {
  const directory = options.directory ?? process.cwd();
  const named = options.named ?? (environment[CONFIG_VARIABLE] || undefined);
  const places = named === undefined ? (options.usualPlaces ?? USUAL_PLACES) : [named];
  for (const place of places) {
    const path = resolve(directory, place);
    const text = read(path, named === undefined);
    if (text !== null) return parseSettingsFile(path, text);
  }
  return null;
}

/** JSON with comments. Throws CONFIG_INVALID. */
export function parseSettingsFile(path: string, text: string): SettingsFile {
  let values: unknown;
  try {
    values = JSON.parse(withoutComments(text));
  } catch (cause) {
    // Without the cause: it quotes that part of the file, which may contain a secret.
    throw invalid(`${path} is not JSON${place(text, cause)}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid(`${path} is not a JSON object of settings`);
  }
  return { path, values: values as Record<string, unknown> };
}

/** Blanked out, so that positions stay the same. */
function withoutComments(text: string): string {
  return text
    .replace(/^\uFEFF/, ' ')
    .replace(STRING_OR_COMMENT, (match) => (match.startsWith('"') ? match : match.replace(/[^\n]/g, ' ')));
}

function place(text: string, cause: unknown): string {
  const position = /position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1];
  if (position === undefined) return '';
  return ` (line ${text.slice(0, Number(position)).split('\n').length})`;
}

/** Throws CONFIG_INVALID; with `isOptional` null if there is none. */
function read(path: string, isOptional: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isOptional && codeOf(cause) === 'ENOENT') return null;
    throw invalid(`The settings file ${path} cannot be read (${codeOf(cause)})`, cause);
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : 'unknown reason';
}

function invalid(message: string, cause?: unknown): MoonshareError {
  return new MoonshareError('CONFIG_INVALID', { message, cause });
}
