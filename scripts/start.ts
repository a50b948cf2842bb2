// `npm start`: builds the web app, then runs the demo. One process from the start, so that one signal ends it at any stage.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { shutdownSignal } from '../packages/server/cli/shutdown.ts';

const MOONSHARE = fileURLToPath(new URL('../packages/server/cli/moonshare.ts', import.meta.url));
const isWindows = process.platform === 'win32';

if (await build(shutdownSignal())) {
  process.argv = [process.argv[0]!, MOONSHARE, 'demo', ...process.argv.slice(2)];
  await import('../packages/server/cli/moonshare.ts');
}

/** Whether it was built; false if the build failed, which it reported itself, or was stopped. */
async function build(signal: AbortSignal): Promise<boolean> {
  // A process group of its own, which ends as a whole.
  const child = spawn('npm', ['run', '-s', 'build'], { stdio: 'inherit', shell: isWindows, detached: !isWindows });
  const end = () => {
    if (child.pid === undefined) return;
    if (isWindows) child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', end);
  if (signal.aborted) return false;
  process.exitCode = code ?? 1;
  return code === 0;
}
