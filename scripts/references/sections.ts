import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './text-files.ts';

const PROTOCOL = join(ROOT, 'docs/protocol');
const PROTOCOL_REFERENCE = /protocol\/([1-6])((?:,? ?"?(?:§\d+(?:\.\d+)*|Sunshine \d+|Wolf \d+)"?(?:,| and| to)?)+)/g;
/** `docs/architecture.md, "Figures to hold"`, in documents also with a link around the file. */
const SECTION_REFERENCE = /\b(architecture|webrtc)\.md`?\)?, "([^"]+)"/g;
/** Notes that were kept beside the repository. */
const GONE = /\bdesign §[\d.]*|\bwebrtc[-]facts\b/g;

const places = new Set(readdirSync(PROTOCOL).flatMap((file) => placesIn(file)));
const headings = new Map(['architecture', 'webrtc'].map((name) => [name, headingsOf(`docs/${name}.md`)]));

/** References of a text to sections that do not exist. */
export function unknownSections(text: string): string[] {
  const running = text.replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ');
  const protocol = [...text.matchAll(PROTOCOL_REFERENCE)]
    .flatMap(([, part, named]) =>
      [...named!.matchAll(/§\d+(?:\.\d+)*|(?:Sunshine|Wolf) \d+/g)].map(([place]) => `${part} ${place}`),
    )
    .filter((place) => !places.has(place))
    .map((place) => `there is no ${place} in docs/protocol`);
  const sections = [...running.matchAll(SECTION_REFERENCE)]
    .filter(([, name, heading]) => headings.get(name!)?.has(heading!) !== true)
    .map(([, name, heading]) => `there is no section "${heading}" in docs/${name}.md`);
  const gone = [...text.matchAll(GONE)].map(([reference]) => `${reference} is in no document of this repository`);
  return [...protocol, ...sections, ...gone];
}

/** `1 §8.6` for a heading, `4 §7.9` for a numbered item below one, `5 Wolf 3` for one below an unnumbered heading. */
function placesIn(file: string): string[] {
  const part = file[0];
  let section = '';
  return readFileSync(join(PROTOCOL, file), 'utf8')
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

function headingsOf(file: string): Set<string> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return new Set([...text.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) => heading!));
}
