import type { Settings } from '../config/load.ts';

/** An option of one command; settings are options of every command as well. */
export interface Option {
  type: 'string' | 'boolean';
  /** Placeholder for the value in the help: `<id>`. */
  value?: string;
  doc: string;
}

export interface Command {
  /** One word, or two: `hosts list`. */
  name: string;
  summary: string;
  /** What follows the name; required unless in brackets: `['<id>', '[name]']`. */
  arguments?: readonly string[];
  options?: Readonly<Record<string, Option>>;
  /** More than the summary, for the command's own help. */
  details?: string;
  /** Settings to use if no value was given. */
  defaults?: Readonly<Record<string, string>>;
  /** Returns the exit code; undefined is 0. Errors are MoonshareError, or UsageError. */
  run(context: Context): Promise<number | undefined>;
}

export interface Context {
  settings: Settings;
  arguments: readonly string[];
  options: Readonly<Record<string, string | boolean>>;
  json: boolean;
  /** Aborts on Ctrl+C and SIGTERM. */
  signal: AbortSignal;
  /** Prints the command's one answer to stdout: the value with --json, otherwise the text. */
  print(value: unknown, text: string): void;
  /** The first line of stdin. */
  stdin(): Promise<string>;
  /** Reports progress on stderr; nothing with --json. */
  progress(line: string): void;
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
