import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../packages/server/testing/processes.ts';
import { demoHere, demoSettings } from './demo-here.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The processes with this mark in their environment, whatever happened to their parents. */
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

/** Kills processes that a test left behind. */
function newMark(context: TestContext): string {
  const mark = `STARTED_BY_TEST=${randomUUID()}`;
  context.after(() => {
    for (const pid of marked(mark)) process.kill(Number(pid), 'SIGKILL');
  });
  return mark;
}

function start(context: TestContext, command: string, args: string[]) {
  const mark = newMark(context);
  const child = spawn(command, args, {
    env: { ...process.env, ...demoSettings(), STARTED_BY_TEST: mark.split('=')[1] },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: path('../../'),
    detached: true,
  });
  child.stdout.resume();
  const lines = createInterface(child.stderr);
  const said: string[] = [];
  lines.on('line', (line) => said.push(line));
  return { child, said, mark, exit: once(child, 'exit') };
}

for (const [signal, stage] of [
  ['SIGHUP', 'Starting the virtual host'],
  ['SIGTERM', 'launch|RTSP|Asking the host'],
] as const) {
  test(`the demo, sent ${signal} at "${stage}", ends everything it has started`, async (context) => {
    const { child, said, mark, exit } = start(context, process.execPath, [
      path('../../packages/server/cli/moonshare.ts'),
      'demo',
    ]);
    await until(() => said.some((line) => new RegExp(stage).test(line)), 40_000);
    child.kill(signal);
    assert.deepEqual(await exit, [0, null], said.join('\n'));
    await until(() => marked(mark).length === 0);
    assert.ok(said.includes('moonshare: Ending'));
  });
}

for (const stage of ['Pairing', 'Starting the stream of']) {
  test(`the demo, stopped at "${stage}", ends everything it has started`, async (context) => {
    const mark = newMark(context);
    context.after(() => delete process.env.STARTED_BY_TEST);
    process.env.STARTED_BY_TEST = mark.split('=')[1];
    const { error, ended, stop } = demoHere({});
    const said: string[] = [];
    for await (const line of createInterface(error)) {
      said.push(line);
      if (line.includes(stage)) stop();
    }
    assert.equal(await ended, 0, said.join('\n'));
    await until(() => marked(mark).length === 0);
    assert.ok(said.includes('moonshare: Ending'));
  });
}

for (const whom of ['npm', 'its group'] as const) {
  test(`npm start, stopped while it builds, ends at the first signal, to ${whom}`, async (context) => {
    const { child, mark, exit } = start(context, 'npm', ['start', '--silent']);
    const builds = () =>
      marked(mark).some((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('scripts/build.ts'));
    await until(builds, 40_000);
    process.kill(whom === 'npm' ? child.pid! : -child.pid!, 'SIGTERM');
    await exit;
    await until(() => marked(mark).length === 0);
  });
}
