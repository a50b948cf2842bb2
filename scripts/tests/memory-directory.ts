import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Containers are often given only a little. */
const LEAST_FREE_BYTES = 2 ** 31;

/**
 * Temporary files of this process and of all that it starts are in memory, if there is room: servers write each change of
 * their databases to the disk before they go on, and tests change a lot.
 */
export function keepFilesInMemory(): void {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < LEAST_FREE_BYTES) return;
    const directory = mkdtempSync(join(MEMORY, 'moonshare-tests-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    process.env.TMPDIR = directory;
  } catch {
    // No such file system here.
  }
}
