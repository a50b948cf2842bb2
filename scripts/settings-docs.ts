// Writes docs/settings.md from the schema of the settings; `--check` only tests whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { settingRows } from '../packages/server/config/describe-settings.ts';

const file = new URL('../docs/settings.md', import.meta.url);

const text = `# Settings

Each setting can be given in a file, in the environment or on the command line. A flag overrides a variable, a variable overrides the
file, the file overrides the default. \`moonshare config print\` shows every value and where it came from.

The file is JSON; comments are allowed. It is the one that \`--config\` or \`MOONSHARE_CONFIG\` names, otherwise \`moonshare.json\` in the
current directory, otherwise \`/etc/moonshare.json\`:

\`\`\`json
{
  // What browsers type.
  "publicUrl": "https://moon.example/play",
  "bind": "0.0.0.0",
  "hosts": ["192.168.1.50"],
  "udpPorts": "21000-21099"
}
\`\`\`

A name that is not in this table, in any of the three places, is an error that suggests which one was meant. Put secrets in the file (mode 600)
or in the environment: everyone on a machine can read the arguments of its programs. An empty variable counts as not set.

This page is generated from \`packages/server/config/settings.ts\` by \`node scripts/settings-docs.ts\`.

| In the file | In the environment | As a flag | Default | Meaning |
| --- | --- | --- | --- | --- |
${settingRows().join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('docs/settings.md is not current: run node scripts/settings-docs.ts\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
