import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { forkVirtualHost } from './forked-host.ts';
import { startVirtualHost } from './host.ts';
import { findFreeBasePort } from './ports.ts';
import { hostState, TestClient } from './testing/client.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const run = promisify(execFile);

test('a forked host reports its ports, and ends cleanly on request', async () => {
  const basePort = await findFreeBasePort();
  const host = await forkVirtualHost({ basePort, bind: '127.0.0.1', sessions: 3, apps: ['A b'] });
  assert.equal(host.httpPort, basePort);
  assert.equal(host.adminPort, basePort + 40);
  assert.deepEqual((await hostState(host)).sessions, []);
  await host.close();
  assert.equal(host.process.exitCode, 0);
  await host.close();
});

test('POST /kill ends the process without an answer', async () => {
  const host = await forkVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1' });
  const ended = once(host.process, 'exit');
  await assert.rejects(fetch(`http://127.0.0.1:${host.adminPort}/kill`, { method: 'POST' }));
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('a forked host does not outlive its parent', async () => {
  const child = fork(MAIN, [`--base-port=${await findFreeBasePort()}`, '--bind=127.0.0.1']);
  await once(child, 'message');
  const ended = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await ended, [0, null]);
});

test('the program prints its help, and refuses an option with a reason and exit code 1', async () => {
  assert.match((await run(process.execPath, [MAIN, '--help'])).stdout, /^Moonshare virtual host: .*--base-port /s);
  await assert.rejects(run(process.execPath, [MAIN, '--fec=256']), {
    code: 1,
    stderr: /cannot start: The FEC percentage .*\nTry --help\.\n$/,
  });
});

test('a taken port is a clear error, and nothing stays open', async () => {
  const basePort = await findFreeBasePort();
  const host = await startVirtualHost({ basePort, bind: '127.0.0.1' });
  await assert.rejects(run(process.execPath, [MAIN, `--base-port=${basePort}`, '--bind=127.0.0.1']), {
    code: 1,
    stderr: /Another program uses this port/,
  });
  await host.close();
  const again = await startVirtualHost({ basePort, bind: '127.0.0.1' });
  await again.close();
});

test('with a state folder the host and its clients are the same after a restart', async (t) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'virtual-host-'));
  t.after(() => rm(stateDir, { recursive: true }));
  const options = { basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: '1234', stateDir };
  const first = await startVirtualHost(options);
  const client = await TestClient.paired(first, '1234');
  await first.close();
  const second = await startVirtualHost(options);
  assert.equal(second.uniqueId, first.uniqueId);
  assert.equal(second.certificate, first.certificate);
  assert.equal((await client.http.serverInfo()).paired, true);
  await second.close();
  const file = join(stateDir, 'virtual-host.json');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  await writeFile(file, '{}');
  await assert.rejects(startVirtualHost(options), /is not the state of a virtual host/);
});
