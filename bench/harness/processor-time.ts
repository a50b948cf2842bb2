import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc, on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

interface Usage {
  parent: number;
  ticks: number;
}

/** User and system seconds of a process and all below it, with those that have ended; in steps of 10 ms. */
export function processorSeconds(root: number): number {
  const all = new Map<number, Usage>();
  for (const name of readdirSync('/proc')) {
    const usage = /^\d+$/.test(name) ? usageOf(Number(name)) : null;
    if (usage !== null) all.set(Number(name), usage);
  }
  const isBelow = (pid: number): boolean => pid === root || (all.has(pid) && isBelow(all.get(pid)!.parent));
  const ticks = [...all].reduce((sum, [pid, usage]) => sum + (isBelow(pid) ? usage.ticks : 0), 0);
  return ticks / TICKS_PER_SECOND;
}

/** Null: it has just ended. */
function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may contain anything: state, parent, ... (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return null;
  }
}
