#!/usr/bin/env node
// `moonshare` of the npm package. An older Node reads this file and node-runtime.ts: nothing here may need more than Node 20.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { shutdownSignal } from '../cli/shutdown.ts';
import { getNode, isNewEnough } from './node-runtime.ts';

if (isNewEnough(process.versions.node)) await import('../cli/moonshare.ts');
else process.exitCode = await runNewer();

/** Runs the same command with a newer Node. Resolves with its exit code. */
async function runNewer(): Promise<number> {
  const signal = shutdownSignal();
  let node: string;
  try {
    node = await getNode((line) => process.stderr.write(`moonshare: ${line}\n`));
  } catch (error) {
    process.stderr.write(`moonshare: ${(error as Error).message}\n`);
    return 1;
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    // With this, the command ends when this process does.
    env: { npm_lifecycle_event: 'moonshare', ...process.env },
  });
  const end = () => void child.kill('SIGTERM');
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
