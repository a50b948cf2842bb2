// Every `protocol/N §X` and `protocol/5, Wolf N` in the sources names a section or a numbered item of docs/protocol.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = join(ROOT, 'docs/protocol');
const SOURCES = ['packages', 'e2e', 'bench', 'scripts', 'fixtures', 'examples'];
const REFERENCE = /protocol\/([1-5])((?:,? ?"?(?:§\d+(?:\.\d+)*|Sunshine \d+|Wolf \d+)"?(?:,| and| to)?)+)/g;

const known = new Set(readdirSync(DOCUMENTS).flatMap((file) => placesIn(file)));
const unknown = SOURCES.flatMap((folder) => sourcesIn(join(ROOT, folder)))
  .flatMap((file) => referencesIn(file).map((place) => ({ file, place })))
  .filter(({ place }) => !known.has(place));
for (const { file, place } of unknown) process.stderr.write(`${file}: there is no ${place} in docs/protocol\n`);
if (unknown.length > 0) process.exitCode = 1;

/** `1 §8.6` for a heading, `4 §7.9` for a numbered item below one, `5 Wolf 3` for one below a heading without a number. */
function placesIn(file: string): string[] {
  const part = file[0];
  let section = '';
  return readFileSync(join(DOCUMENTS, file), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const heading = /^#{1,3} (?:(\d+(?:\.\d+)*)\.? |(\w+))/.exec(line);
      if (heading !== null) {
        section = heading[1] === undefined ? `${part} ${heading[2]} ` : `${part} §${heading[1]}`;
        return heading[1] === undefined ? [] : [section];
      }
      const item = /^(\d+)\. /.exec(line);
      if (item === null) return [];
      return [section.endsWith(' ') ? `${section}${item[1]}` : `${section}.${item[1]}`];
    });
}

function referencesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(REFERENCE)].flatMap(([, part, places]) =>
    [...places!.matchAll(/§\d+(?:\.\d+)*|(?:Sunshine|Wolf) \d+/g)].map(([place]) => `${part} ${place}`),
  );
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|recordings)$/.test(entry.name) ? [] : sourcesIn(path);
    return /\.(ts|tsx|mjs|md)$/.test(entry.name) ? [path] : [];
  });
}
