// `npm run build`: builds the web app into packages/web/dist, with compressed copies. The old build serves pages until the new one is complete.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compressFiles } from './build/compress.ts';
import { needsDevelopment } from './development.ts';

const DIST = fileURLToPath(new URL('../packages/web/dist', import.meta.url));
const next = `${DIST}-${process.pid}`;
const old = `${next}-old`;

needsDevelopment('Building the web app', 'vite');
// vite, in the same process group, gets them too; what it has built by then is removed here.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.once('exit', () => {
  for (const directory of [next, old]) rmSync(directory, { recursive: true, force: true });
});
const args = ['run', '-s', 'build', '--workspace', '@moonshare/web', '--', '--outDir', next, '--emptyOutDir'];
const vite = spawn('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
const [code] = await once(vite, 'exit');
process.exitCode = code ?? 1;
if (process.exitCode === 0) {
  compressFiles(next);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(next, DIST);
}
