import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, textFilesIn } from './text-files.ts';

const DOCUMENT = 'docs/glossary.md';
/** More would be a second documentation, not a glossary. */
const MAX_ENTRIES = 40;
const ENTRY = /^\| \*\*(.+?)\*\* \|/gm;
const NAME = /`([A-Z]\w*[a-z]\w*)`/g;
const DECLARED = /^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/gm;

/** Names in docs/glossary.md that packages/ does not declare, and entries beyond the maximum or out of order. */
export function wrongGlossary(file: string, text: string): string[] {
  if (file !== DOCUMENT) return [];
  const sources = textFilesIn(join(ROOT, 'packages'), { deep: true }).filter((path) => /\.tsx?$/.test(path));
  const declared = new Set(
    sources.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(DECLARED)].map(([, name]) => name!)),
  );
  const entries = [...text.matchAll(ENTRY)].map(([, term]) => term!.toLowerCase());
  const misplaced = entries.filter((entry, at) => at > 0 && entry < entries[at - 1]!);
  return [
    ...[...text.matchAll(NAME)].filter(([, name]) => !declared.has(name!)).map(([name]) => `there is no ${name}`),
    ...misplaced.map((entry) => `"${entry}" is not in alphabetical order`),
    ...(entries.length > MAX_ENTRIES ? [`${entries.length} entries, but at most ${MAX_ENTRIES} are allowed`] : []),
    ...(entries.length === 0 ? ['there is no entry'] : []),
  ];
}
