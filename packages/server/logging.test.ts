// What both processes write at the lowest level while a session lives, types and ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRealHost } from './testing/real-host.ts';
import { realRequest } from './testing/real-server.ts';
import { CREDENTIALS, call, TestPeer } from './testing/test-server.ts';

const PIN = '8391';
const TYPED = 'correct horse battery';

interface Line {
  process?: string;
  streamer?: string;
  peer?: string;
  msg: string;
  level: number;
}

interface LoggedServer {
  url: string;
  lines: Line[];
  /** All that was written, after its end. */
  end(): Promise<string>;
}

async function serveAtTrace(context: TestContext, environment: Record<string, string>): Promise<LoggedServer> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(process.execPath, [fileURLToPath(new URL('cli/moonshare.ts', import.meta.url)), 'serve'], {
    env: {
      ...process.env,
      PORT: '0',
      MOONSHARE_CREDENTIALS: CREDENTIALS,
      MOONSHARE_UDP_PORTS: `${port}-${port + 20}`,
      MOONSHARE_LOG_LEVEL: 'trace',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  context.after(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const lines: Line[] = [];
  let text = '';
  createInterface(child.stderr).on('line', (line) => {
    text += `${line}\n`;
    if (line.startsWith('{')) lines.push(JSON.parse(line));
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    url: /http:\S+[^/]/.exec(String(line))![0],
    lines,
    end: async () => {
      child.kill('SIGTERM');
      await closed;
      return text;
    },
  };
}

/** Every private key that the server made, as the lines of its PEM. */
function privateKeys(data: string): string[] {
  const database = new DatabaseSync(join(data, 'moonshare.db'), { readOnly: true });
  const rows = database.prepare('SELECT private_key FROM client_certificates').all() as { private_key: string }[];
  database.close();
  return rows.flatMap(({ private_key }) => private_key.split('\n').filter((line) => line.length > 40));
}

test('at trace level no secret is in the logs of server and streamer, and a viewer can be followed through both', {
  timeout: 60_000,
}, async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'moonshare-log-'));
  context.after(() => rmSync(data, { recursive: true }));
  const host = await startRealHost(context, PIN);
  const server = await serveAtTrace(context, {
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
  });
  const ask = (method: string, path: string, body?: unknown) => call(server.url + path, method, body, {});
  assert.equal((await ask('POST', '/api/streamers', realRequest('agent-1'))).status, 200);
  const { token } = (await ask('POST', '/api/streamers/agent-1/token', {})).body;
  const socket = `${server.url.replace('http', 'ws')}/api/streamers/agent-1/peer`;
  const peer = new TestPeer(`${socket}?token=${token}`, {});
  await peer.message((message) => JSON.stringify(message).includes('ConnectionComplete'));
  const stranger = new TestPeer(socket, {});
  await stranger.opened;
  stranger.send({ AuthenticateAndInit: { credentials: 'wrong-credentials-9' } });
  await stranger.closed;
  // A token in the address of a request that is refused, and one in that of a request that is none for it.
  await new TestPeer(`${socket}?token=guessed-token-7`, {}).refused;
  assert.equal((await ask('GET', `/api/streamers/agent-1/peer?token=${token}`)).status, 404);
  const [{ peer_id }] = (await ask('GET', '/api/streamers/agent-1')).body.peers;
  // Nonsense, for which it is put out.
  peer.send({ Signaling: { Description: { ty: 'offer', sdp: 'v=0 a=ice-pwd:secret-of-ice' } } });
  await peer.closed;
  const input = await ask('POST', '/api/streamers/agent-1/input', { events: [{ kind: 'text', text: TYPED }] });
  assert.equal(input.status, 200);
  const wrong = { events: [{ kind: 'text', text: TYPED, [TYPED]: 1 }] };
  assert.equal((await ask('POST', '/api/streamers/agent-1/input', wrong)).status, 400);
  await call(`${server.url}/api/hosts`, 'GET', undefined, { authorization: 'Bearer wrong-credentials-9' });
  const text = await server.end();
  const keys = privateKeys(data);

  assert.ok(keys.length > 0);
  for (const secret of [
    CREDENTIALS,
    token,
    TYPED,
    'wrong-credentials-9',
    'guessed-token-7',
    'secret-of-ice',
    'PRIVATE KEY',
    'rikey',
    ...keys,
  ]) {
    assert.equal(text.includes(secret), false, `a log line has ${secret}`);
  }
  assert.doesNotMatch(text, new RegExp(`pin\\W{0,4}${PIN}|"${PIN}"`, 'i'));

  const followed = server.lines.filter((line) => line.peer === peer_id);
  assert.deepEqual(
    followed.filter((line) => line.streamer !== 'agent-1'),
    [],
  );
  for (const inProcess of [undefined, 'streamer']) {
    const said = followed.filter((line) => line.process === inProcess && line.level >= 30).map(({ msg }) => msg);
    assert.ok(said.some((msg) => msg.includes('joined')) && said.some((msg) => msg.includes('left')), `${said}`);
  }
  assert.ok(server.lines.some((line) => line.level === 10 && line.process === 'streamer'));
  assert.ok(server.lines.some((line) => line.level === 10 && line.process === undefined));
});
