import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './text-files.ts';

const CLASS = /^export (?:abstract )?class (\w+)/gm;

/** Exported classes of which there are two by one name, with the files: whoever reads the name could not tell which is meant. */
export function repeatedClassNames(paths: readonly string[]): string[] {
  const files = new Map<string, string[]>();
  for (const path of paths.filter((one) => /\.tsx?$/.test(one))) {
    for (const [, name] of readFileSync(path, 'utf8').matchAll(CLASS)) {
      files.set(name!, [...(files.get(name!) ?? []), relative(ROOT, path)]);
    }
  }
  return [...files]
    .filter(([, where]) => where.length > 1)
    .map(([name, where]) => `there are two classes ${name}: ${where.join(', ')}`);
}
