// What both processes log at the lowest level while a session is used: joining, typing, leaving.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startRealHost } from '../../packages/server/testing/real-host.ts';
import { realRequest } from '../../packages/server/testing/real-server.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { CREDENTIALS, call, TestPeer } from '../../packages/server/testing/test-server.ts';

const PIN = '8391';
const TYPED = 'correct horse battery';
const TURN_SECRET = 'north-of-the-wall';

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
  /** Everything it wrote, once it has ended. */
  end(): Promise<string>;
}

async function serveAtTrace(context: TestContext, environment: Record<string, string>): Promise<LoggedServer> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url)), 'serve'],
    {
      env: {
        ...process.env,
        PORT: '0',
        MOONSHARE_CREDENTIALS: CREDENTIALS,
        MOONSHARE_UDP_PORTS: `${port}-${port + 20}`,
        MOONSHARE_LOG_LEVEL: 'trace',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
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

/** Every private key that the server created, as the lines of its PEM. */
function privateKeys(data: string): string[] {
  const database = new DatabaseSync(join(data, 'moonshare.db'), { readOnly: true });
  const rows = database.prepare('SELECT private_key FROM client_certificates').all() as { private_key: string }[];
  database.close();
  return rows.flatMap(({ private_key }) => private_key.split('\n').filter((line) => line.length > 40));
}

/** Logs in; creates and uses a token and a link with a PIN, rightly and wrongly. Returns every secret involved. */
async function secretsOfPeople(
  url: string,
  ask: (method: string, path: string, body?: unknown) => ReturnType<typeof call>,
): Promise<string[]> {
  const password = 'a-password-of-anna';
  const wrong = 'not-the-password';
  await ask('POST', '/api/users', { name: 'anna', password, role: 'user' });
  const login = (said: string) => call(`${url}/api/login`, 'POST', { user: 'anna', password: said }, {});
  assert.equal((await login(wrong)).status, 401);
  const cookie = (await login(password)).headers.get('set-cookie')!.split(/[=;]/)[1]!;
  await call(`${url}/api/me`, 'GET', undefined, { authorization: '', cookie: `moonshare_session=${cookie}` });
  const { token } = (await ask('POST', '/api/tokens', { name: 'x', scopes: ['streamers:read'] })).body;
  await call(`${url}/api/streamers`, 'GET', undefined, { authorization: `Bearer ${token}` });
  const pin = '918273645';
  const made = (await ask('POST', '/api/streamers/agent-1/links', { role: 'watch', pin })).body.url as string;
  const link = new URLSearchParams(new URL(made).hash.slice(1)).get('token')!;
  const join = (said: string) =>
    call(`${url}/api/streamers/agent-1/token`, 'POST', { pin: said }, { authorization: `Bearer ${link}` });
  assert.equal((await join('918273640')).status, 401);
  const joined = await join(pin);
  assert.equal(joined.status, 200);
  const secrets = [password, wrong, cookie, token, pin, '918273640', link, joined.body.token, joined.body.renewal];
  for (const secret of secrets) assert.ok(secret.length >= 8);
  return secrets;
}

test('at trace level the logs of server and streamer contain no secret, and a viewer can be followed through both', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-log-');
  const host = await startRealHost(context, PIN);
  const server = await serveAtTrace(context, {
    MOONSHARE_DATA: data,
    MOONSHARE_HOSTS: `${host.address}:${host.httpPort}`,
    MOONLIGHT_INTERNAL_PAIRING_PIN: PIN,
    MOONSHARE_TURN_URLS: 'turn:127.0.0.1:9',
    MOONSHARE_TURN_SECRET: TURN_SECRET,
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
  // A token in the URL of a request that is refused, and one in a URL that accepts none.
  await new TestPeer(`${socket}?token=guessed-token-7`, {}).refused;
  assert.equal((await ask('GET', `/api/streamers/agent-1/peer?token=${token}`)).status, 404);
  const [{ peer_id }] = (await ask('GET', '/api/streamers/agent-1')).body.peers;
  // An invalid description, for which the viewer is removed.
  peer.send({ Signaling: { Description: { ty: 'offer', sdp: 'v=0 a=ice-pwd:secret-of-ice' } } });
  await peer.closed;
  const input = await ask('POST', '/api/streamers/agent-1/input', { events: [{ kind: 'text', text: TYPED }] });
  assert.equal(input.status, 200);
  const wrong = { events: [{ kind: 'text', text: TYPED, [TYPED]: 1 }] };
  assert.equal((await ask('POST', '/api/streamers/agent-1/input', wrong)).status, 400);
  await call(`${server.url}/api/hosts`, 'GET', undefined, { authorization: 'Bearer wrong-credentials-9' });
  const people = await secretsOfPeople(server.url, ask);
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
    TURN_SECRET,
    ...people,
    ...keys,
  ]) {
    assert.equal(text.includes(secret), false, `a log line contains ${secret}`);
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
