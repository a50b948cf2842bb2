import { readFileSync } from 'node:fs';

/**
 * Distinguishes this process from all others that have or had its number: the boot, and the tick in which it started. Null: it
 * has ended, or the system does not provide this (only Linux does).
 */
export function processIdentity(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain anything, even spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const started = fields[19];
    return state === 'Z' || state === 'X' || started === undefined ? null : `${boot} ${started}`;
  } catch {
    return null;
  }
}
