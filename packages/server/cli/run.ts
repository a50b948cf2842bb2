import { MoonshareError } from '@moonshare/contract';
import { type Environment, resolveSettings, type Settings } from '../config/load.ts';
import { findSettingsFile } from '../config/settings-file.ts';
import packageJson from '../package.json' with { type: 'json' };
import { inOurWords } from './api-client.ts';
import { type CommandLine, parseCommandLine, unknownCommand } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { commandHelp, programHelp } from './help.ts';
import { singleLine } from './terminal-text.ts';

const FAILED = 1;
const MISUSED = 2;

export interface Terminal {
  stdin(): Promise<string>;
  out(line: string): void;
  error(line: string): void;
}

/** Runs a command line. Returns the exit code. */
export async function run(
  args: string[],
  options: { commands: readonly Command[]; environment: Environment; terminal: Terminal; signal: AbortSignal },
): Promise<number> {
  const { commands, environment, terminal, signal } = options;
  // Known before the rest is parsed, so that problems with the rest are reported in that form.
  const json = args.includes('--json');
  try {
    const line = parseCommandLine(args, commands);
    const { command, words, options } = line;
    if (options.help === true) {
      terminal.out(command !== null ? commandHelp(command) : programHelp(commands, group(words, commands)));
      return 0;
    }
    if (options.version === true) {
      const { version } = packageJson;
      terminal.out(options.json === true ? JSON.stringify({ version }) : version);
      return 0;
    }
    if (command === null && words.length === 0) {
      terminal.error(programHelp(commands));
      return MISUSED;
    }
    if (command === null) throw new UsageError(unknownCommand(words, commands));
    const code = await command.run({
      settings: settingsOf(line, command, environment),
      arguments: line.arguments,
      options,
      json,
      signal,
      stdin: terminal.stdin,
      print: (value, text) => terminal.out(json ? JSON.stringify(value) : text.split('\n').map(singleLine).join('\n')),
      progress: (text) => {
        if (!json) terminal.error(`moonshare: ${singleLine(text)}`);
      },
    });
    return code ?? 0;
  } catch (error) {
    return fail(error, json, terminal);
  }
}

function settingsOf({ flags, options }: CommandLine, command: Command, environment: Environment): Settings {
  const { config } = options;
  const named = typeof config === 'string' ? config : undefined;
  const file = findSettingsFile(environment, { named });
  return resolveSettings({ environment, file, flags, defaults: command.defaults ?? {} });
}

/** The group whose help was asked for. */
function group(words: readonly string[], commands: readonly Command[]): string | undefined {
  const [word] = words;
  if (word === undefined) return undefined;
  if (words.length === 1 && commands.some(({ name }) => name.startsWith(`${word} `))) return word;
  throw new UsageError(unknownCommand(words, commands));
}

/** Says in one line what is wrong and what to do. */
function fail(error: unknown, json: boolean, terminal: Terminal): number {
  if (error instanceof UsageError) {
    const hint = 'Run moonshare --help for help.';
    const body = { error: error.message, code: 'USAGE', hint };
    terminal.error(json ? JSON.stringify(body) : `moonshare: ${error.message}. ${hint}`);
    return MISUSED;
  }
  const known = MoonshareError.from(inOurWords(error));
  if (known.code === 'INTERNAL') console.error(error);
  terminal.error(json ? JSON.stringify(known.toBody()) : singleLine(`moonshare: ${known.message}. ${known.hint}`));
  return FAILED;
}
