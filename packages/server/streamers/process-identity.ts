import { readFileSync } from 'node:fs';

/**
 * What tells this process from every other that has or had its number: the boot, and the tick that it started in. null: it
 * has ended, or the system does not tell (only Linux does).
 */
export function processIdentity(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, spaces too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const started = fields[19];
    return state === 'Z' || state === 'X' || started === undefined ? null : `${boot} ${started}`;
  } catch {
    return null;
  }
}
