import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One file of a recording's folder, stored plain or as `FILE.gz`. Errors: those of the system and of zlib. */
export function readRecordingFile(folder: string, file: string): Buffer {
  const compressed = join(folder, `${file}.gz`);
  return existsSync(compressed) ? gunzipSync(readFileSync(compressed)) : readFileSync(join(folder, file));
}
