import { parseArgs } from 'node:util';
import { closestName } from '@moonshare/contract';
import { SETTING_FLAGS, TOGGLE_FLAGS } from '../config/setting-names.ts';
import { unknownFlags } from '../config/unknown-settings.ts';
import { type Command, type Option, UsageError } from './command.ts';

/** The options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  help: { type: 'boolean', doc: 'Show this help.' },
  version: { type: 'boolean', doc: 'Print the version.' },
  json: { type: 'boolean', doc: 'Print JSON to stdout, and errors as JSON to stderr.' },
  config: { type: 'string', value: '<file>', doc: 'The settings file, instead of MOONSHARE_CONFIG.' },
};

export interface CommandLine {
  /** null: no such command; then `words` is what was typed instead. */
  command: Command | null;
  words: string[];
  arguments: string[];
  options: Record<string, string | boolean>;
  /** Settings, by flag. */
  flags: Record<string, string | true>;
}

/** Parses a command line. Throws UsageError for unknown options, and for too many or too few arguments. */
export function parseCommandLine(args: string[], commands: readonly Command[]): CommandLine {
  const first = read(args, {});
  const command = find(first.positionals, commands);
  const own = { ...COMMON_OPTIONS, ...command?.options };
  const { positionals, given } = read(args, own);
  const options: Record<string, string | boolean> = {};
  const flags: Record<string, string | true> = {};
  for (const [name, value] of given) {
    const option = own[name];
    if (option === undefined) flags[name] = value;
    else if (option.type === 'boolean') options[name] = value === true || value === 'true';
    else if (value === true) throw new UsageError(`--${name} needs a value`);
    else options[name] = value;
  }
  const [problem] = unknownFlags(flags, Object.keys(own));
  if (problem !== undefined) throw new UsageError(problem.replace('is not a setting', 'is not an option'));
  const line = { command, words: positionals, arguments: [] as string[], options, flags };
  if (command === null || options.help === true || options.version === true) return line;
  line.arguments = positionals.slice(command.name.split(' ').length);
  checkCount(command, line.arguments);
  return line;
}

/** What to print if no command was found. */
export function unknownCommand(words: readonly string[], commands: readonly Command[]): string {
  const groups = [...new Set(commands.map(({ name }) => name.split(' ')[0]!))];
  const [group, name] = words;
  if (group === undefined) return 'A command is missing';
  if (!groups.includes(group)) return noSuch(group, groups);
  const names = commands.filter((command) => command.name.startsWith(`${group} `)).map((command) => command.name);
  const missing = `"${group}" needs a subcommand: ${names.join(', ')}`;
  return name === undefined ? missing : noSuch(`${group} ${name}`, names);
}

function noSuch(word: string, known: string[]): string {
  const meant = closestName(word, known);
  return `There is no command "${word}"${meant === null ? '' : `, did you mean "${meant}"`}`;
}

function find(words: string[], commands: readonly Command[]): Command | null {
  const names = [words.slice(0, 2).join(' '), words[0]];
  return commands.find(({ name }) => names.includes(name)) ?? null;
}

function checkCount(command: Command, given: string[]): void {
  const expected = command.arguments ?? [];
  const needed = expected.filter((name) => !name.startsWith('['));
  if (given.length < needed.length) throw new UsageError(`moonshare ${command.name} needs ${needed[given.length]}`);
  if (given.length > expected.length) throw new UsageError(`Unexpected argument "${given[expected.length]}"`);
}

function read(args: string[], own: Readonly<Record<string, Option>>) {
  const types: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const flag of SETTING_FLAGS) types[flag] = { type: TOGGLE_FLAGS.has(flag) ? 'boolean' : 'string' };
  for (const [name, { type }] of Object.entries({ ...COMMON_OPTIONS, ...own })) types[name] = { type };
  types.help = { type: 'boolean', short: 'h' };
  const { tokens, positionals } = parseArgs({
    args,
    options: types,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (token.value?.startsWith('--') && !token.inlineValue) throw new UsageError(`${token.rawName} needs a value`);
    given.set(token.name, token.value ?? true);
  }
  return { positionals, given };
}
