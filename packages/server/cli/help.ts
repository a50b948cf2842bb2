import { describeSettings } from '../config/describe-settings.ts';
import { COMMON_OPTIONS } from './arguments.ts';
import type { Command, Option } from './command.ts';

/** Help for the whole program, or for a group of commands: `hosts`. */
export function programHelp(commands: readonly Command[], group?: string): string {
  const shown = group === undefined ? commands : commands.filter(({ name }) => name.startsWith(`${group} `));
  const usages = shown.map((command) => ({ usage: usage(command), summary: command.summary }));
  const width = Math.max(...usages.map((line) => line.usage.length));
  const lines = usages.map((line) => `  ${line.usage.padEnd(width)}  ${line.summary}`);
  if (group !== undefined) return `Usage: moonshare ${group} <command> [options]\n\n${lines.join('\n')}`;
  return `Moonshare: one Moonlight session, shared by many browsers.

Usage: moonshare <command> [options]

Commands (each with --help):
${lines.join('\n')}

Options of every command:
${describeOptions(COMMON_OPTIONS)}

Exit codes: 0 success, 1 failure, 2 invalid command line.

Settings, in order of precedence: the flag, the variable, the settings file (see docs/settings.md), [the default].
${describeSettings()}`;
}

export function commandHelp(command: Command): string {
  const { summary, details, options = {} } = command;
  return [
    `Usage: moonshare ${usage(command)} [options]\n\n${summary}${details === undefined ? '' : `\n\n${details}`}`,
    `Options:\n${describeOptions({ ...options, ...COMMON_OPTIONS })}`,
    'Every setting is also an option; moonshare --help lists them.',
  ].join('\n\n');
}

function usage({ name, arguments: names = [] }: Command): string {
  return [name, ...names].join(' ');
}

function describeOptions(options: Readonly<Record<string, Option>>): string {
  const rows = Object.entries(options).map(([name, { value, doc }]) => [`--${name}${value ? ` ${value}` : ''}`, doc]);
  const width = Math.max(...rows.map(([left]) => left!.length));
  return rows.map(([left, doc]) => `  ${left!.padEnd(width)}  ${doc}`).join('\n');
}
