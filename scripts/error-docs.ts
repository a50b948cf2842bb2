// Writes docs/errors.md from the error table of the contract; `--check` only tests whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { ERROR_CAUSES, ERROR_CODES, ERRORS } from '../packages/contract/index.ts';

const file = new URL('../docs/errors.md', import.meta.url);

const rows = ERROR_CODES.map((code) => {
  const { status, message, hint } = ERRORS[code];
  return `| \`${code}\` | ${status} | ${message} | ${ERROR_CAUSES[code]} | ${hint} |`;
});
const text = `# Errors

Every failed request answers \`{"error": text, "code": code, "hint": text}\`; browsers get the same over their WebSocket.
\`error\` says what happened and may be more specific than the text here; \`code\` never changes.
This page is generated from the error table in \`packages/contract/\` by \`node scripts/error-docs.ts\`.

| Code | HTTP | What happened | Why | What to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('docs/errors.md is not current: run node scripts/error-docs.ts\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
