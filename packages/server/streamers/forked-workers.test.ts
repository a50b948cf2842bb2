import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { openDatabase } from '../store/database.ts';
import { ProcessStore } from '../store/process-store.ts';
import { pairedServer } from '../testing/paired-server.ts';
import { isAlive, until } from '../testing/processes.ts';
import { startTestServer, streamerRequest, type TestServer } from '../testing/test-server.ts';
import { ForkedWorkers } from './forked-workers.ts';
import { processIdentity } from './process-identity.ts';

const CREDENTIALS = { authorization: 'Bearer the-shared-credentials' };

/** A process that stands for a streamer whose server is gone. */
function orphanedProcess(
  context: TestContext,
  command: string,
): { pid: number; identity: string; process: ChildProcess } {
  const child = spawn('sh', ['-c', command], { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  const pid = child.pid!;
  return { pid, identity: processIdentity(pid)!, process: child };
}

/** A server that had the streamer `a` and was killed, and the next one with the same data. */
async function killedServer(context: TestContext) {
  const MOONSHARE_DATA = mkdtempSync(join(tmpdir(), 'moonshare-killed-'));
  const first = await pairedServer(context, 2, { MOONSHARE_DATA });
  await first.call('PUT', '/api/streamers/a', streamerRequest('a'));
  await first.server.close();
  const left = new DatabaseSync(join(MOONSHARE_DATA, 'moonshare.db'));
  left.exec('INSERT INTO running (id) VALUES (1)');
  return {
    leaves: (processes: { pid: number; identity: string }[]) => {
      for (const { pid, identity } of processes) {
        left.prepare('INSERT INTO streamer_processes (pid, birth) VALUES (?, ?)').run(pid, identity);
      }
      left.close();
    },
    next: (orphanLimitMs: number): Promise<TestServer> =>
      startTestServer(context, { MOONSHARE_DATA }, { hosts: first.hosts, orphanLimitMs }),
  };
}

/** As /proc reports it: T is stopped. */
function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

async function status(server: TestServer, id: string): Promise<string> {
  return (await server.call('GET', `/api/streamers/${id}`)).body.status;
}

test('no streamer, desired or new, starts before the processes of a killed server are gone', async (context) => {
  const { leaves, next } = await killedServer(context);
  const orphan = orphanedProcess(context, 'exec sleep 600');
  leaves([orphan]);
  const server = await next(600_000);
  await server.call('POST', '/api/streamers?wait=false', streamerRequest('b'));
  const peer = server.peer('/api/streamers/a/peer', CREDENTIALS);
  await peer.opened;
  for (const id of ['a', 'b']) {
    const { body } = await server.call('GET', `/api/streamers/${id}`);
    // Not even the host has been asked.
    assert.deepEqual([body.status, body.stage], ['starting', null]);
  }
  assert.deepEqual(server.workers, []);
  orphan.process.kill('SIGKILL');
  for (const id of ['a', 'b']) await until(async () => (await status(server, id)) === 'active');
  assert.equal(peer.socket.readyState, peer.socket.OPEN);
  await server.server.close();
});

test('a desired streamer can be deleted while the server waits for the orphans of a killed one', async (context) => {
  const { leaves, next } = await killedServer(context);
  leaves([orphanedProcess(context, 'exec sleep 600')]);
  const server = await next(600_000);
  const peer = server.peer('/api/streamers/a/peer', CREDENTIALS);
  await peer.opened;
  assert.equal((await server.call('DELETE', '/api/streamers/a')).status, 204);
  assert.equal((await peer.closed).reason, 'STREAMER_STOPPED');
});

test('a stopped orphan is woken, one that does not end is killed, and no other process is touched', async (context) => {
  const { leaves, next } = await killedServer(context);
  const stopped = orphanedProcess(context, 'kill -STOP $$; exit 7');
  await until(() => stateOf(stopped.pid) === 'T');
  const stubborn = orphanedProcess(context, 'trap "" TERM; exec sleep 600');
  // Its number once belonged to a streamer.
  const stranger = orphanedProcess(context, 'exec sleep 600');
  leaves([stopped, stubborn, { ...stranger, identity: `${stranger.identity}1` }]);
  const server = await next(3_000);
  await until(async () => (await status(server, 'a')) === 'active');
  await until(() => stopped.process.exitCode !== null && stubborn.process.signalCode !== null);
  assert.deepEqual([stopped.process.exitCode, stubborn.process.signalCode], [7, 'SIGKILL']);
  assert.equal(isAlive(stranger.pid), true);
  await server.server.close();
});

test('each streamer process is recorded while it runs', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-processes-'));
  const database = openDatabase(directory);
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  const store = new ProcessStore(database);
  const log = pino({ level: 'silent' });
  const entry = new URL('../testing/fake-streamer-process.ts', import.meta.url);
  const processes = new ForkedWorkers({
    entry,
    cacheDirectory: join(directory, 'compiled'),
    memoryLimit: 2 ** 30,
    store,
    log,
  });
  const [one, other] = [processes.start(log), processes.start(log)];
  const known = [one, other].map(({ pid }) => ({ pid: pid!, identity: processIdentity(pid!)! }));
  assert.deepEqual(store.list(), known);
  one.kill('for the test');
  await once(one, 'exit');
  assert.deepEqual(store.list(), known.slice(1));
  other.kill('for the test');
  await once(other, 'exit');
  assert.deepEqual(store.list(), []);
});

test('a process is recognized by its identity, which ends with it', async (context) => {
  const one = orphanedProcess(context, 'exec sleep 600');
  const other = orphanedProcess(context, 'exec sleep 600');
  assert.equal(processIdentity(one.pid), one.identity);
  assert.match(one.identity, /^[0-9a-f-]{36} \d+$/);
  one.process.kill('SIGKILL');
  await until(() => processIdentity(one.pid) === null);
  assert.equal(processIdentity(other.pid), other.identity);
  assert.equal(processIdentity(2 ** 30), null);
});
