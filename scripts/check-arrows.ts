// Fails when a package imports what it may not. The arrows stand in .dependency-cruiser.mjs.
import { spawnSync } from 'node:child_process';

// Its hint about TypeScript 7 goes to stdout's tail and is noise: sources are read through swc.
const run = spawnSync('depcruise', ['packages', 'e2e', 'bench', '--config', '.dependency-cruiser.mjs'], {
  encoding: 'utf8',
});
process.stdout.write(run.stdout.split('‼')[0] ?? '');
if (run.status !== 0) process.stderr.write(run.stderr ?? '');
if (run.error) process.stderr.write(`check-arrows: ${run.error.message}\n`);
process.exitCode = run.status ?? 1;
