import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** The process IDs of the children of `parent` whose command line contains `what`. */
export function childrenOf(parent: number, what: string): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === parent && match[3]!.includes(what))
    .map((match) => Number(match![1]));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Polls until it holds; fails after `limitMs`. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  for (const end = performance.now() + limitMs; !(await holds()); await delay(50)) {
    if (performance.now() > end) throw new Error(`Not so within ${limitMs} ms: ${holds}`);
  }
}
