// `npm run check`: lint, types and everything else that needs no running program. Exits with 1 if anything is wrong.
import { CHECKS } from './checks.ts';
import { runCommand } from './tests/command.ts';
import { inPool } from './tests/pool.ts';

/** They use a core each. */
const AT_ONCE = { least: 2, most: 2, heavy: { least: 0, most: 0 } };

const failed: string[] = [];
await inPool(
  CHECKS.map(({ name, command }) => ({
    isHeavy: false,
    run: async () => {
      const { ok, output } = await runCommand(command);
      process.stdout.write(`${ok ? '✔' : '✖'} ${name}\n${ok ? '' : output}`);
      if (!ok) failed.push(name);
    },
  })),
  AT_ONCE,
);
if (failed.length > 0) {
  process.stdout.write(`failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
