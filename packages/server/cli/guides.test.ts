import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveSettings } from '../config/load.ts';
import { CONFIG_VARIABLE } from '../config/setting-names.ts';
import { SETTINGS } from '../config/settings.ts';
import { parseSettingsFile } from '../config/settings-file.ts';
import { parseCommandLine } from './arguments.ts';
import { COMMANDS } from './commands/all-commands.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const GUIDES = readdirSync(join(ROOT, 'docs/guides')).map((name) => `docs/guides/${name}`);
const PAGES = ['README.md', 'SECURITY.md', 'docs/logging.md', 'docs/monitoring.md', 'docs/settings.md', ...GUIDES];
const TO_COPY = ['Dockerfile', ...readdirSync(join(ROOT, 'deploy')).map((name) => `deploy/${name}`)];

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The first group of all matches of a pattern, each with its page. */
function found(pages: readonly string[], pattern: RegExp): { page: string; text: string }[] {
  return pages.flatMap((page) => [...read(page).matchAll(pattern)].map(([, text]) => ({ page, text: text! })));
}

test('the settings in the guides exist', () => {
  const blocks = found(PAGES, /```json\n([\s\S]*?)```/g);
  assert.ok(blocks.length >= 6);
  for (const { page, text } of blocks) {
    assert.doesNotThrow(() => resolveSettings({ environment: {}, file: parseSettingsFile(page, text) }), page);
  }
});

test('the variables in the guides and in the files to copy exist', () => {
  const known = new Set([CONFIG_VARIABLE, ...Object.values(SETTINGS).flatMap(({ env }) => env as readonly string[])]);
  const named = found([...PAGES, ...TO_COPY], /\b((?:MOONSHARE|MOONLIGHT)_[A-Z_]*[A-Z])\b/g);
  assert.ok(named.length > 50);
  for (const { page, text } of named) assert.ok(known.has(text), `${page}: ${text}`);
});

test('the commands in the guides exist', () => {
  const lines = found(PAGES, /\bnpx moonshare ((?:(?!\d?>)[^`#|&)\n])+)/g);
  assert.ok(lines.length > 15);
  for (const { page, text } of lines) {
    const { command } = parseCommandLine(text.trim().split(/\s+/), COMMANDS);
    assert.ok(command !== null, `${page}: npx moonshare ${text}`);
  }
});

test('the files that the guides name exist', () => {
  const links = found(PAGES, /\]\((?!\w+:)([^)#\s]+)/g).map(({ page, text }) => [page, join(dirname(page), text)]);
  const named = found([...PAGES, ...TO_COPY], /(?<![\w./-])((?:deploy|docs|packages|examples)\/[\w./-]*\w)/g);
  const paths = [...links, ...named.map(({ page, text }) => [page, text])] as [page: string, path: string][];
  assert.ok(paths.length > 30);
  for (const [page, path] of paths) assert.ok(existsSync(join(ROOT, path)), `${page}: ${path}`);
});
