import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const FLAGS = [
  '-O2 -std=c11 -D_GNU_SOURCE -fPIC -shared -pthread -Wall -Wextra -Werror -fvisibility=hidden',
  '-fstack-protector-strong -D_FORTIFY_SOURCE=3 -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack',
].flatMap((line) => line.split(' '));
/** More than ten times what it takes. */
const LIMIT_MS = 120_000;
const FOLDER = import.meta.dirname;

/** All C and header files of the addon, as paths. */
export function sourceFiles(): string[] {
  const names = readdirSync(FOLDER).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => join(FOLDER, name));
}

/** Compiles the addon to `path`, which exists only once it is whole. What is missing or wrong, or null. */
export function compileAddon(path: string, compiler: string, flags: readonly string[]): string | null {
  // Several may build at once, and running processes keep the file that they have loaded.
  const next = `${path}-${process.pid}`;
  const sources = sourceFiles().filter((file) => file.endsWith('.c'));
  const { error, status, stderr } = spawnSync(compiler, [...FLAGS, '-o', next, ...sources, ...flags], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  if (error === undefined && status === 0) {
    renameSync(next, path);
    return null;
  }
  rmSync(next, { force: true });
  if (error === undefined) return `${compiler} reported ${firstError(stderr)}`;
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isMissing ? `there is no C compiler (${compiler}; apt-get install gcc libc6-dev)` : error.message;
}

function firstError(output: string): string {
  return output.split('\n').find((line) => /error/.test(line)) ?? (output.trim().split('\n').at(-1) || 'no reason');
}
