// Writes docs/licenses.md from package-lock.json; `--check` only tests whether it is current. Both fail if something may not ship.
import { readFileSync, writeFileSync } from 'node:fs';
import { CONTENTS, lookUp } from './dependencies/contents.ts';
import { type Dependency, dependencies, type Lock } from './dependencies/lock.ts';
import { breaches, licenseOf } from './dependencies/rule.ts';

const file = new URL('../docs/licenses.md', import.meta.url);
const lock: Lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const { ships, development } = dependencies(lock);

const text = `# Licences

Moonshare is Apache-2.0. Third-party packages keep their own licences, which come with them in \`node_modules\`.
This page is generated from \`package-lock.json\` by \`node scripts/license-docs.ts\`; the licences allowed to ship are listed in
\`scripts/dependencies/rule.ts\`, and what package metadata lacks in \`contents.ts\` beside it.

## What ships

What \`npm ci --omit=dev\` installs, on any platform, and what is built into the web app. The image contains less, and its own Node.

${table(ships)}

## For development only

Not in the image, and not installed by \`npm ci --omit=dev\`. The encoders of the virtual host, and the decoders of pictures where
an operator installs them (\`node-av\`), contain a GPL FFmpeg: anything
built with them installed, such as an image, falls under the GPL when you distribute it.

${table(development)}
`;

function table(list: Dependency[]): string {
  return ['| Package | Version | Licence | Compiled into it |', '| --- | --- | --- | --- |', ...list.map(row)].join(
    '\n',
  );
}

function row(one: Dependency): string {
  const inside = (lookUp(CONTENTS, one.name) ?? []).map(({ name, version, license }) =>
    version === null ? `${name} (${license})` : `${name} ${version} (${license})`,
  );
  return `| \`${one.name}\` | ${one.version} | ${licenseOf(one) ?? 'not stated'} | ${inside.join(', ')} |`;
}

for (const breach of breaches(ships)) {
  process.stderr.write(`${breach}\n`);
  process.exitCode = 1;
}
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/licenses.md is not current: run node scripts/license-docs.ts\n');
  process.exitCode = 1;
}
