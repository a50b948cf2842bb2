import { readdirSync, readFileSync } from 'node:fs';

/** In the environment of everything that a test process starts, also of what outlives its parent. */
export const STARTED_BY = 'TESTS_STARTED_BY';

export interface LeftBehind {
  pid: number;
  command: string;
}

/** Processes that carry this mark (on Linux; elsewhere none are seen), this one aside. */
export function leftBehind(mark: string): LeftBehind[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`${STARTED_BY}=${mark}`)) return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(name), command }];
      } catch {
        // It ended meanwhile, or is another user's.
        return [];
      }
    });
}
