import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../packages/server/cli/testing/run-command.ts';
import { freeUdpRange } from '../../packages/server/testing/free-udp-range.ts';
import { startRealHost } from '../../packages/server/testing/real-host.ts';
import { realRequest } from '../../packages/server/testing/real-server.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { CREDENTIALS, call, pairChunks } from '../../packages/server/testing/test-server.ts';

const MOONSHARE = fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url));
const CRASH_ON_MESSAGE = fileURLToPath(new URL('./crash-on-message.ts', import.meta.url));
const CRASH_AND_HANG = fileURLToPath(new URL('./crash-and-hang.ts', import.meta.url));

/** The fatal lines of a log. */
function fatal(log: string): { msg: string; origin?: string; err?: { message: string } }[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 60);
}

test('after an unhandled rejection the server logs it, ends its streams on the host, leaves a report and exits with 1', async (context) => {
  const pin = '4711';
  const host = await startRealHost(context, pin);
  const data = temporaryDirectory(context, 'moonshare-crash-');
  const { from, to } = await freeUdpRange(5);
  const settings = {
    PORT: '0',
    MOONSHARE_DATA: data,
    MOONSHARE_CREDENTIALS: CREDENTIALS,
    MOONSHARE_UDP_PORTS: `${from}-${to}`,
    MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
    MOONLIGHT_INTERNAL_PAIRING_PIN: pin,
  };
  const args = ['--import', CRASH_ON_MESSAGE, MOONSHARE, 'serve'];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  context.after(() => child.kill('SIGKILL'));
  const log = text(child.stderr!);
  const exit = once(child, 'exit');
  const [line] = await once(createInterface(child.stdout!), 'line');
  const url = /http:\S+[^/]/.exec(String(line))![0];
  for await (const line of pairChunks(url, 0)) assert.notEqual(line, 'PairError');
  assert.equal((await call(`${url}/api/streamers`, 'POST', realRequest('a'), {})).status, 200);
  assert.notEqual((await host.state()).app, null);

  child.send('crash');

  assert.deepEqual(await exit, [1, null]);
  const lines = fatal(await log);
  assert.deepEqual(
    lines.map((one) => [one.origin, one.err?.message]),
    [['unhandledRejection', 'a fault in a promise']],
  );
  assert.equal((await host.state()).app, null, 'its app has ended with it');
  const report = JSON.parse(readFileSync(join(data, 'last-crash.json'), 'utf8'));
  assert.deepEqual([report.origin, report.message], ['unhandledRejection', 'a fault in a promise']);
  assert.match(report.stack, /crash-on-message\.ts/);
  const { out } = await runCommand(['doctor', '--json'], { ...settings, MOONSHARE_HOSTS: '' });
  const finding = JSON.parse(out).findings.find(({ check }: { check: string }) => check === 'last crash');
  assert.match(finding.message, /a fault in a promise/);
});

test('a server that crashes again while shutting down, and never finishes, exits all the same', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-crash-');
  const child = spawn(process.execPath, [CRASH_AND_HANG, data], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  const log = text(child.stderr);
  assert.deepEqual(await once(child, 'exit'), [1, null]);
  assert.deepEqual(
    fatal(await log).map(({ err }) => err?.message),
    ['a fault', 'and again while it ends', undefined],
  );
  assert.equal(JSON.parse(readFileSync(join(data, 'last-crash.json'), 'utf8')).message, 'a fault');
});
