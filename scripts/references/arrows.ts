import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './text-files.ts';

const ARROW = /^ {2}'?([\w-]+)'?: \[([^\]]*)\],$/gm;
const ROW = /^\| `([\w-]+)` \|[^|]+\| ([\w, -]+) \|$/gm;

/** Faults in the package table of docs/architecture.md: arrows that differ from .dependency-cruiser.mjs. */
export function wrongArrows(file: string, text: string): string[] {
  if (file !== 'docs/architecture.md') return [];
  const rows = new Map([...text.matchAll(ROW)].map(([, name, imports]) => [name!, imports!]));
  const arrows = readFileSync(join(ROOT, '.dependency-cruiser.mjs'), 'utf8').matchAll(ARROW);
  return [...arrows].flatMap(([, name, imports]) => {
    const allowed = imports!.replaceAll("'", '') || 'nothing of ours';
    const listed = rows.get(name!);
    return listed === allowed ? [] : [`${name} may import ${allowed}, but the table says ${listed ?? 'nothing'}`];
  });
}
