import { readFileSync } from 'node:fs';

/** Bytes. */
export interface Resident {
  /** All pages that are in memory. */
  resident: number;
  /** Of a page that several processes share, each has its part. */
  proportional: number;
}

export function residentOf(pid: number): Resident {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)![1]) * 1024;
  return { resident: bytes('Rss'), proportional: bytes('Pss') };
}
