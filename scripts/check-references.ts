// Checks that what comments and documents refer to exists: sections of docs/, files, constants and their figures, arrows, glossary names; and that class names are unique.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { wrongArrows } from './references/arrows.ts';
import { repeatedClassNames } from './references/class-names.ts';
import { unknownFiles } from './references/files.ts';
import { wrongGlossary } from './references/glossary.ts';
import { wrongLimits } from './references/limits.ts';
import { unknownSections } from './references/sections.ts';
import { ROOT, textFilesIn } from './references/text-files.ts';

const FOLDERS = ['packages', 'e2e', 'bench', 'scripts', 'fixtures', 'examples', 'docs', 'deploy', '.'];

const paths = FOLDERS.flatMap((folder) => textFilesIn(join(ROOT, folder), { deep: folder !== '.' }));
const faults = repeatedClassNames(paths);
for (const path of paths) {
  const file = relative(ROOT, path);
  const text = readFileSync(path, 'utf8');
  const wrong = [
    ...unknownSections(text),
    ...unknownFiles(file, text),
    ...wrongLimits(file, text),
    ...wrongArrows(file, text),
    ...wrongGlossary(file, text),
  ];
  faults.push(...wrong.map((what) => `${file}: ${what}`));
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
