import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { leftBehind, STARTED_BY } from './left-behind.ts';

test('a process is found by its mark, also when its parent has ended, and no longer once it has ended', {
  skip: process.platform !== 'linux' && 'only Linux tells',
}, async () => {
  const mark = `left-behind-${process.pid}`;
  // The shell ends at once; what it started keeps the pipe until its own end.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo started'], {
    env: { ...process.env, [STARTED_BY]: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(shell.stdout, 'close');
  await Promise.all([once(shell.stdout, 'data'), once(shell, 'exit')]);
  const found = leftBehind(mark);
  assert.deepEqual(
    found.map(({ command }) => command),
    ['sleep 60'],
  );
  process.kill(found[0]!.pid, 'SIGKILL');
  await closed;
  assert.deepEqual(leftBehind(mark), []);
});
