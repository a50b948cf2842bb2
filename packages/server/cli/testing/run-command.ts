import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../commands/all-commands.ts';
import { run } from '../run.ts';

export interface Outcome {
  code: number;
  out: string;
  error: string;
}

/** Used instead of the settings of someone who runs a server in this directory. */
const NO_SETTINGS = { MOONSHARE_CONFIG: fileURLToPath(new URL('./no-settings.json', import.meta.url)) };

/** Runs a command in this process, ignoring this process's environment. */
export async function runCommand(
  args: string[],
  environment: Record<string, string> = {},
  options: { signal?: AbortSignal; stdin?: string } = {},
): Promise<Outcome> {
  const out: string[] = [];
  const error: string[] = [];
  const terminal = {
    stdin: async () => options.stdin ?? '',
    out: (line: string) => out.push(line),
    error: (line: string) => error.push(line),
  };
  const code = await run(args, {
    commands: COMMANDS,
    environment: { ...NO_SETTINGS, ...environment },
    terminal,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, out: out.join('\n'), error: error.join('\n') };
}
