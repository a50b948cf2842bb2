import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRealServer } from '../../packages/server/testing/real-server.ts';
import { CREDENTIALS, call, pairChunks, TestPeer } from '../../packages/server/testing/test-server.ts';

test('the example does everything it claims, with a real host and a person', async (context) => {
  const server = await startRealServer(context);
  for await (const _line of pairChunks(server.url, 0));
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...process.env, MOONSHARE_URL: server.url, MOONSHARE_CREDENTIALS: CREDENTIALS, SESSION: 'test' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const said: string[] = [];
  let person: TestPeer | null = null;
  for await (const line of createInterface(child.stdout)) {
    said.push(line.replace(/ [\da-f-]{36}$/, '').replace(/\S+#token=\S+/, 'link'));
    if (line.startsWith('open ')) person = await join(server.url, line);
    if (line.startsWith('viewer.joined')) person?.socket.close();
  }
  assert.deepEqual(await exit, [0, null]);
  assert.deepEqual(said, [
    'app Desktop is 881448767',
    'streamer agent-test is active',
    'the agent typed: 6 events',
    'listed agent-test: 0 viewers',
    'open link',
    'viewer.joined',
    'viewer.left',
    'ended',
  ]);
  const typed = (await server.input()).filter(({ kind }) => kind === 'text').map(({ text }) => text);
  assert.equal(typed.join(''), 'hello from the agent');
  assert.deepEqual((await server.call('GET', '/api/streamers')).body, { streamers: [] });
});

/** What the page of a join link does. */
async function join(url: string, line: string): Promise<TestPeer> {
  const [, linkToken] = /#token=(\S+)/.exec(line)!;
  const headers = { authorization: `Bearer ${linkToken}` };
  const { body } = await call(`${url}/api/streamers/agent-test/token`, 'POST', {}, headers);
  const peer = new TestPeer(`${url.replace('http', 'ws')}/api/streamers/agent-test/peer?token=${body.token}`, {});
  await peer.opened;
  return peer;
}
