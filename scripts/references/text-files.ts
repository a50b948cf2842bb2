import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** Sources and documents in this folder, and with `deep` in those below it. */
export function textFilesIn(folder: string, { deep }: { deep: boolean }): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return deep && !/^(node_modules|dist|recordings)$/.test(entry.name) ? textFilesIn(path, { deep }) : [];
    }
    return /\.(ts|tsx|mjs|md)$/.test(entry.name) ? [path] : [];
  });
}
