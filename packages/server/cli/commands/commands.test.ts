import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { createTestCertificate, tlsFiles } from '../../testing/test-certificate.ts';
import { CREDENTIALS, startTestServer } from '../../testing/test-server.ts';
import { runCommand } from '../testing/run-command.ts';

/** A server, and commands that talk to it. */
async function start(context: TestContext, environment: Record<string, string> = {}) {
  const server = await startTestServer(context, environment);
  const { port } = new URL(server.url);
  const settings = { ...environment, MOONSHARE_CREDENTIALS: CREDENTIALS, PORT: port };
  return { ...server, run: (...args: string[]) => runCommand(args, settings) };
}

test('hosts are added, listed, paired and removed on the running server', async (context) => {
  const { hosts, run } = await start(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  hosts.add('box').pin = '1234';
  const added = await run('hosts', 'add', 'box');
  assert.deepEqual([added.code, added.error], [0, '']);
  assert.match(added.out, /^Added name of box as host 0\./);
  assert.match((await run('hosts', 'list')).out, /^0 +name of box +NotPaired +0 of 0 +Free$/m);
  const paired = await run('pair', '0');
  assert.equal(paired.code, 0);
  assert.match(paired.out, /^Enter 1234 on the PIN page .*\nPaired name of box\.$/);
  assert.match((await run('hosts', 'list')).out, /^0 +name of box +Paired +1 of 1 +Free$/m);
  const [host] = JSON.parse((await run('hosts', 'list', '--json')).out).hosts;
  assert.deepEqual([host.host_id, host.paired], [0, 'Paired']);
  assert.equal((await run('hosts', 'remove', '0')).code, 0);
  const gone = await run('hosts', 'remove', '0', '--json');
  assert.deepEqual([gone.code, JSON.parse(gone.error).code], [1, 'HOST_NOT_FOUND']);
});

test('pair adds an unknown host, and reports a wrong PIN', async (context) => {
  const { hosts, run } = await start(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  hosts.add('box').pin = '4321';
  const { code, out, error } = await run('pair', 'box:47989', '--json');
  assert.deepEqual([code, JSON.parse(out)], [1, { pin: '1234' }]);
  assert.equal(JSON.parse(error).code, 'PAIRING_WRONG_PIN');
  assert.equal((await run('pair', 'nowhere')).code, 1);
});

test('pair reports why it failed: another pairing, a host that is off, a host that refuses', async (context) => {
  const { hosts, run, server } = await start(context);
  const box = hosts.add('box');
  await run('hosts', 'add', 'box');
  for (const code of ['PAIRING_REJECTED', 'PAIRING_TIMED_OUT', 'HOST_UNREACHABLE'] as const) {
    box.failure = code;
    const { error } = await run('pair', '0', '--json');
    assert.equal(JSON.parse(error).code, code);
  }
  box.failure = null;
  const calledOff = new AbortController();
  server.hosts
    .get(0)
    .pair(calledOff.signal)
    .paired.catch(() => {});
  const { code, out, error } = await run('pair', '0', '--json');
  assert.deepEqual([code, out, JSON.parse(error).code], [1, '', 'PAIRING_IN_PROGRESS']);
  calledOff.abort();
});

test('streamers are started, listed and ended on the running server', async (context) => {
  const { hosts, run, sentToWorkers, peer: open } = await start(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  hosts.add('box').pin = '1234';
  await run('hosts', 'add', 'box');
  const wrong = await run('streamers', 'start', 'one', '--app', 'Doom');
  assert.equal(wrong.code, 1);
  await run('pair', '0');
  assert.match((await run('streamers', 'start', 'one', '--app', 'Doom')).error, /no app called "Doom".*Desktop/);
  const started = await run(
    'streamers',
    'start',
    'one',
    '--size',
    '800x600',
    '--fps',
    '30',
    '--codec',
    'hevc',
    '--wheel-steps',
    'notches',
    '--surround',
    '6',
    '--host-encryption',
    'never',
  );
  assert.deepEqual([started.code, started.out], [0, 'Streamer one is active: Desktop.']);
  const { settings } = sentToWorkers('init')[0] as { settings: Record<string, number> };
  assert.deepEqual(
    [
      settings.width,
      settings.height,
      settings.fps,
      settings.video_supported_formats,
      settings.surround,
      settings.wheel_steps,
      settings.host_encryption,
    ],
    [800, 600, 30, 256, 6, 'notches', 'never'],
  );
  assert.match((await run('streamers', 'list')).out, /^one +active +0 +800x600 at 30$/m);
  const again = await run('streamers', 'start', 'one', '--json');
  assert.deepEqual([again.code, JSON.parse(again.error).code], [1, 'STREAMER_EXISTS']);
  const link = await run('streamers', 'link', 'one', '--role', 'full', '--uses', '1', '--expires', '60');
  assert.match(link.out, /^http:\/\/127\.0\.0\.1:\d+\/s\/one#token=/);
  assert.match(link.error, /^moonshare: That address works on this machine only; .*MOONSHARE_PUBLIC_URL/);
  const peer = open('/api/streamers/one/peer', { authorization: `Bearer ${CREDENTIALS}` });
  await peer.message((message) => JSON.stringify(message).includes('WebRtcConfig'));
  const { out } = await run('streamers', 'viewers', 'one');
  assert.match(out, /^Id +Who +Role +Transport +Stream +Sent\n\S+ +credentials +full +webrtc +full +500 kbit\/s$/);
  assert.equal((await run('streamers', 'end', 'one')).code, 0);
  assert.deepEqual(JSON.parse((await run('streamers', 'list', '--json')).out), { streamers: [] });
});

test('nonsensical options of streamers start are usage errors', async () => {
  for (const [option, value] of [
    ['--size', '800'],
    ['--codec', 'constructor'],
    ['--fps', 'many'],
    ['--host', 'box'],
    ['--host-encryption', 'perhaps'],
  ]) {
    const { code, error } = await runCommand(['streamers', 'start', 'one', option!, value!]);
    assert.equal(code, 2, `${option}: ${error}`);
  }
});

test('users and tokens can be managed with or without a running server', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-users-');
  const offline = (args: string[], stdin = '') => runCommand(args, { MOONSHARE_DATA: data }, { stdin });
  const added = await offline(['users', 'add', 'anna', '--role', 'admin', '--json']);
  assert.equal(added.code, 0);
  assert.ok(JSON.parse(added.out).password.length >= 20);
  assert.match((await offline(['users', 'add', 'anna'])).error, /exists/i);
  assert.equal((await offline(['users', 'add', 'ben', '--role', 'king'])).code, 2);
  const shown = await offline(['users', 'add', 'ben', '--password-stdin'], 'correct horse');
  assert.equal(shown.out, 'Added ben as user.');
  const short = await offline(['users', 'set-password', 'ben', '--password-stdin'], 'short');
  assert.deepEqual([short.code, short.error.includes('8 characters')], [1, true]);
  const { token } = JSON.parse((await offline(['tokens', 'add', 'ci', '--scopes', 'admin', '--json'])).out);

  const server = await startTestServer(context, { MOONSHARE_DATA: data });
  const { port } = new URL(server.url);
  const online = (...args: string[]) =>
    runCommand(args, { MOONSHARE_DATA: data, PORT: port, MOONSHARE_TOKEN: token.token });
  assert.match((await online('users', 'list')).out, /^anna +admin .*\nben +user /m);
  assert.equal((await online('users', 'set-role', 'ben', 'viewer')).code, 0);
  assert.match((await online('users', 'list')).out, /^ben +viewer /m);
  assert.equal((await online('users', 'remove', 'ben')).code, 0);
  assert.match((await online('tokens', 'list')).out, /^\d+ +ci +admin +- /m);
  const made = await online('tokens', 'add', 'reader', '--json');
  assert.equal((await online('tokens', 'remove', String(JSON.parse(made.out).token.id))).code, 0);
  const wrong = await runCommand(['users', 'list'], { MOONSHARE_DATA: data, PORT: port, MOONSHARE_TOKEN: 'wrong' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.error, /rejected these credentials.*MOONSHARE_CREDENTIALS/);
});

test('commands recognize a TLS server by its certificate file, and send another one nothing', async (context) => {
  const { files, write } = tlsFiles(context);
  write(await createTestCertificate('some.other.name'));
  const environment = { MOONSHARE_TLS_CERT: files.certificate, MOONSHARE_TLS_KEY: files.key };
  const { run } = await start(context, environment);
  assert.equal((await run('hosts', 'list')).code, 0);
  const other = tlsFiles(context);
  other.write(await createTestCertificate());
  const { code, error } = await run('hosts', 'list', '--tls-cert', other.files.certificate);
  assert.equal(code, 1);
  assert.match(error, /its certificate is not the one in MOONSHARE_TLS_CERT/);
});

test('a missing server, and something that is not a Moonshare server, are reported in one clear line', async (context) => {
  const dead = await runCommand(['hosts', 'list'], { MOONSHARE_SERVER_URL: 'http://127.0.0.1:9/x' });
  assert.equal(dead.code, 1);
  assert.match(dead.error, /^moonshare: No Moonshare server answers at http:\/\/127\.0\.0\.1:9\/x \(ECONNREFUSED\)\. /);
  for (const answer of ['<html>', '{"hosts":[]']) {
    const server = createServer((_request, response) => response.end(answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { error } = await runCommand(['hosts', 'list'], { MOONSHARE_SERVER_URL: `http://127.0.0.1:${port}` });
    assert.match(error, /is not a Moonshare server/);
  }
});
