import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// What broke in the earlier attempt, protocol/4 §7: fourteen items.

const ROOT = fileURLToPath(new URL('../', import.meta.url));

test('each item of protocol/4 §7 has a test named after it', async () => {
  const named = new Set<number>();
  const files = glob('{packages,e2e}/**/*.test.ts', { cwd: ROOT, exclude: (path) => path.includes('node_modules') });
  for await (const file of files) {
    const text = await readFile(`${ROOT}${file}`, 'utf8');
    for (const [, item] of text.matchAll(/(?:test|it)\(\s*['"`]protocol\/4 §7\.(\d+): /g)) named.add(Number(item));
  }
  assert.deepEqual(
    [...named].sort((a, b) => a - b),
    Array.from({ length: 14 }, (_, index) => index + 1),
  );
});
