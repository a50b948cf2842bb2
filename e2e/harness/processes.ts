import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Command {
  process: ChildProcess;
  /** The first line of its stdout that matches. Rejects if the process ends first, or after a minute. */
  line(pattern: RegExp): Promise<string>;
  exited: Promise<void>;
  /** Everything printed on stderr so far. */
  stderr(): string;
}

/** Runs a program of the repository in a process group of its own, as a shell does. */
export function run(command: string, args: string[], env: Record<string, string>): Command {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    exited,
    stderr: () => stderr,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${command} ${why}: ${output}${stderr}`));
        const giveUp = setTimeout(() => fail('did not print it'), 60_000);
        const look = (): void => {
          const found = output
            .split('\n')
            .slice(0, -1)
            .find((line) => pattern.test(line));
          if (found === undefined) return;
          child.stdout.off('data', look);
          clearTimeout(giveUp);
          resolve(found);
        };
        child.stdout.on('data', look);
        look();
        void exited.then(() => {
          clearTimeout(giveUp);
          fail('ended');
        });
      }),
  };
}

/** Keeps out the settings of whoever runs the tests. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, MOONSHARE_CONFIG, NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, MOONSHARE_CONFIG, NODE_COMPILE_CACHE };
}

export interface Process {
  pid: number;
  parent: number;
  group: number;
  /** Ticks since boot: with the process id this identifies one process and no other. */
  started: number;
  command: string;
}

/** What currently runs on this machine, zombies left out. */
export async function processes(): Promise<Process[]> {
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (processOf(Number(entry)) ?? []) : []));
}

/** Read without waiting: for the small files of /proc that costs a tenth, and tests ask often. */
function processOf(pid: number): Process | null {
  let stat: string;
  let command: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return null;
  }
  // The name in parentheses may contain anything, even spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  if (command === '' || state === 'Z') return null;
  return { pid, parent: Number(parent), group: Number(group), started: Number(fields[19]), command };
}

/** The streamers of the server with this process id. */
export async function streamersOf(server: number): Promise<number[]> {
  return (await streamers()).filter(({ parent }) => parent === server).map(({ pid }) => pid);
}

/** Those of all servers. */
export async function streamers(): Promise<Process[]> {
  return (await processes()).filter(({ command }) => command.includes('packages/streamer/main.ts'));
}

export async function isAlive(pid: number): Promise<boolean> {
  return processOf(pid) !== null;
}
