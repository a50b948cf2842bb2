import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../testing/processes.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The processes that have this mark in their environment: whatever became of their parents. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) return false;
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
}

function start(context: TestContext, command: string, args: string[]) {
  const mark = `STARTED_BY_TEST=${randomUUID()}`;
  const udp = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(command, args, {
    env: { ...process.env, PORT: '0', MOONSHARE_UDP_PORTS: `${udp}-${udp + 20}`, STARTED_BY_TEST: mark.split('=')[1] },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: path('../../../../'),
    detached: true,
  });
  context.after(() => {
    for (const pid of marked(mark)) process.kill(Number(pid), 'SIGKILL');
  });
  child.stdout.resume();
  const lines = createInterface(child.stderr);
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  return { child, said, mark, exit: once(child, 'exit') };
}

const STAGES = ['Starting the virtual host', 'Pairing', 'Starting the stream of', 'launch|RTSP|Asking the host'];

for (const [index, stage] of STAGES.entries()) {
  const signal = (['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGHUP'] as const)[index]!;
  test(`the demo that gets ${signal} at "${stage}" ends all that it has started`, async (context) => {
    const { child, said, mark, exit } = start(context, process.execPath, [path('../moonshare.ts'), 'demo']);
    await until(() => said.some((line) => new RegExp(stage).test(line)), 40_000);
    child.kill(signal);
    assert.deepEqual(await exit, [0, null], said.join('\n'));
    await until(() => marked(mark).length === 0);
    assert.ok(said.includes('moonshare: Ending'));
  });
}

for (const whom of ['npm', 'its group'] as const) {
  test(`npm start that is stopped while it builds ends at the first signal, to ${whom}`, async (context) => {
    const { child, mark, exit } = start(context, 'npm', ['start', '--silent']);
    const builds = () =>
      marked(mark).some((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('scripts/build.ts'));
    await until(builds, 40_000);
    process.kill(whom === 'npm' ? child.pid! : -child.pid!, 'SIGTERM');
    await exit;
    await until(() => marked(mark).length === 0);
  });
}
