import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './text-files.ts';

const CLASS = /^export (?:abstract )?class (\w+)/gm;

/** Names that several exported classes share, with the files: a reader could not tell which one is meant. */
export function repeatedClassNames(paths: readonly string[]): string[] {
  const files = new Map<string, string[]>();
  for (const path of paths.filter((one) => /\.tsx?$/.test(one))) {
    for (const [, name] of readFileSync(path, 'utf8').matchAll(CLASS)) {
      files.set(name!, [...(files.get(name!) ?? []), relative(ROOT, path)]);
    }
  }
  return [...files]
    .filter(([, where]) => where.length > 1)
    .map(([name, where]) => `several classes are called ${name}: ${where.join(', ')}`);
}
