import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ROOT, textFilesIn } from './text-files.ts';

/** Documents that name our files, and the folder that the names may be relative to. */
const DOCUMENTS: readonly [document: RegExp, folder: string][] = [
  [/^docs\/webrtc\.md$/, 'packages/streamer/webrtc'],
  [/^docs\/(architecture\.md$|adr\/)/, 'packages'],
];
const NAME = /`([\w@./-]+)`/g;
const OF_OURS =
  /^(packages|docs|e2e|bench|scripts|fixtures|deploy|examples)\/|[\w-]\/$|[\w-]\.(ts|tsx|mjs|js|json|md|conf|service)$/;
const LINK = /\]\(([^)\s]+)\)/g;

const names = new Set(textFilesIn(join(ROOT, 'packages'), { deep: true }).map((path) => basename(path)));

/** References of a document to files that do not exist: in its links, and in its text if it is about the code. */
export function unknownFiles(file: string, text: string): string[] {
  if (!file.endsWith('.md')) return [];
  const links = [...text.matchAll(LINK)]
    .map(([, target]) => target!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^(\w+:|\/)/.test(target))
    .filter((target) => !existsSync(join(ROOT, dirname(file), target)))
    .map((target) => `a link leads to ${target}, which does not exist`);
  const [, folder] = DOCUMENTS.find(([document]) => document.test(file)) ?? [];
  if (folder === undefined) return links;
  return [...links, ...text.split('\n').flatMap((line) => unknownNames(line, folder))];
}

/** Names after the first file in a line may be relative to its folder and those above. */
function unknownNames(line: string, folder: string): string[] {
  const folders = ['', folder];
  const unknown: string[] = [];
  for (const [, name] of line.matchAll(NAME)) {
    if (!OF_OURS.test(name!)) continue;
    const found = folders.map((each) => join(each, name!)).find((path) => existsSync(join(ROOT, path)));
    if (found === undefined && !(names.has(name!) && !name!.includes('/'))) unknown.push(`there is no ${name}`);
    if (found !== undefined && folders.length === 2) {
      for (let above = dirname(found); above !== '.' && above !== folder; above = dirname(above)) folders.push(above);
    }
  }
  return unknown;
}
