import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { compressFiles } from './compress.ts';

test('text has compressed copies, in folders too; images, and what would grow, have none', (context) => {
  const directory = temporaryDirectory(context, 'moonshare-compress-');
  mkdirSync(join(directory, 'assets'));
  const text = 'export const a = 1;\n'.repeat(50);
  for (const name of ['assets/a.js', 'b.css', 'c.png']) writeFileSync(join(directory, name), text);
  writeFileSync(join(directory, 'd.js'), '1');
  compressFiles(directory);
  assert.deepEqual(readdirSync(directory).sort(), ['assets', 'b.css', 'b.css.br', 'b.css.gz', 'c.png', 'd.js']);
  assert.equal(String(brotliDecompressSync(readFileSync(join(directory, 'assets/a.js.br')))), text);
  assert.equal(String(gunzipSync(readFileSync(join(directory, 'assets/a.js.gz')))), text);
});
