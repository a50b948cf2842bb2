// Fails if a package imports what it may not (.dependency-cruiser.mjs), or if folders or files within a package import each other.
import { cruise, format, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { folderCircles } from './folder-circles.ts';

/** Tests and their helpers may import anything in their package. */
const TEST_CODE = /\.test\.ts$|\.bench\.ts$|\/testing\/|\/fixtures\/|\/test-[^/]+\.ts$/;

const options = await extractOptions('./.dependency-cruiser.mjs');
const { output } = await cruise(['packages', 'e2e', 'bench'], options);
const result = output as ICruiseResult;

const { output: report, exitCode } = await format(result, { outputType: 'err' });
// Its hint about TypeScript 7 is noise: sources are read through swc.
process.stdout.write(String(report).split('‼')[0] ?? '');

const isProduct = (file: string) => file.startsWith('packages/') && !TEST_CODE.test(file);
const imports = result.modules
  .flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => ({ from: source, to: resolved })))
  .filter(({ from, to }) => isProduct(from) && isProduct(to));
const circles = folderCircles(imports);
for (const circle of circles) {
  process.stderr.write('These import each other, but imports within a package must go one way:\n');
  for (const { from, to } of circle) process.stderr.write(`  ${from} -> ${to}\n`);
}
if (imports.length === 0) throw new Error('check-arrows found no imports to check');
process.exitCode = exitCode !== 0 || circles.length > 0 ? 1 : 0;
