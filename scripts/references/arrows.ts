import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './text-files.ts';

const ARROW = /^ {2}'?([\w-]+)'?: \[([^\]]*)\],$/gm;
const ROW = /^\| `([\w-]+)` \|[^|]+\| ([\w, -]+) \|$/gm;

/** The table of packages in docs/architecture.md: arrows that are not those of .dependency-cruiser.mjs. */
export function wrongArrows(file: string, text: string): string[] {
  if (file !== 'docs/architecture.md') return [];
  const rows = new Map([...text.matchAll(ROW)].map(([, name, imports]) => [name!, imports!]));
  const arrows = readFileSync(join(ROOT, '.dependency-cruiser.mjs'), 'utf8').matchAll(ARROW);
  return [...arrows].flatMap(([, name, imports]) => {
    const allowed = imports!.replaceAll("'", '') || 'nothing of ours';
    const said = rows.get(name!);
    return said === allowed ? [] : [`${name} may import ${allowed}, and the table says ${said ?? 'nothing of it'}`];
  });
}
