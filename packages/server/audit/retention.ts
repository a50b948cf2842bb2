import type { TrailFile } from './trail-files.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface Retention {
  /** Of all files together. */
  maxBytes: number;
  maxDays: number;
}

/** Which files are too old, or more than fit, oldest first. Never the last one, which is being written. */
export function filesToPrune(
  files: readonly (TrailFile & { bytes: number })[],
  { maxBytes, maxDays }: Retention,
  now: Date,
): TrailFile[] {
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const old = files.slice(0, -1);
  const keptFrom = old.findIndex((file) => {
    // A file ends with its day.
    const isOld = now.getTime() - (Date.parse(file.day) + DAY_MS) >= maxDays * DAY_MS;
    if (!isOld && bytes <= maxBytes) return true;
    bytes -= file.bytes;
    return false;
  });
  return keptFrom === -1 ? old : old.slice(0, keptFrom);
}
