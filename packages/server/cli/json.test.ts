// Each command with --json: nothing but JSON on stdout, whatever it does.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { CREDENTIALS, startTestServer } from '../testing/test-server.ts';
import { COMMANDS } from './commands/all-commands.ts';
import { run } from './run.ts';
import { runCommand } from './testing/run-command.ts';

/** Those that run until told to stop, and one that needs no server; e2e/command-line/demo.test.ts runs the demo. */
const APART = ['serve', 'demo', 'mcp', 'restore', 'audit', 'audit verify'];

/** One line per command, in an order in which each has something to do. */
const LINES: [command: string, ...args: string[]][] = [
  ['config print'],
  ['users add', 'anna', '--role', 'admin'],
  ['users list'],
  ['users set-role', 'anna', 'viewer'],
  ['users set-password', 'anna'],
  ['users remove', 'anna'],
  ['tokens add', 'ci'],
  ['tokens list'],
  ['tokens remove', '1'],
  ['hosts add', 'box'],
  ['hosts list'],
  ['pair', '0'],
  ['streamers start', 'one'],
  ['streamers list'],
  ['streamers link', 'one'],
  ['streamers viewers', 'one'],
  ['streamers end', 'one'],
  ['hosts remove', '0'],
  ['backup'],
  ['doctor'],
];

test('every command answers in JSON when asked to', async (context) => {
  const server = await startTestServer(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  server.hosts.add('box').pin = '1234';
  const settings = { MOONSHARE_SERVER_URL: server.url, MOONSHARE_CREDENTIALS: CREDENTIALS };
  for (const [name, ...args] of LINES) {
    const { code, out, error } = await runCommand([...name.split(' '), ...args, '--json'], settings);
    // The doctor's exit code says what it found.
    assert.deepEqual([name === 'doctor' || code, error], [name === 'doctor' || 0, ''], name);
    const lines = out.split('\n');
    assert.equal(lines.length, name === 'pair' ? 2 : 1, name);
    for (const line of lines) assert.equal(typeof JSON.parse(line), 'object', name);
  }
  const ran = new Set([...APART, ...LINES.map(([name]) => name)]);
  assert.deepEqual(
    COMMANDS.filter(({ name }) => !ran.has(name)),
    [],
  );
});

test('a backup made without a server is restored, in JSON', async (context) => {
  const directory = temporaryDirectory(context, 'moonshare-json-');
  const [data, file] = [join(directory, 'data'), join(directory, 'moon.db')];
  const settings = { MOONSHARE_DATA: data };
  await runCommand(['users', 'add', 'anna'], settings);
  assert.equal(JSON.parse((await runCommand(['backup', file, '--json'], settings)).out).path, file);
  await runCommand(['users', 'remove', 'anna'], settings);
  const { kept } = JSON.parse((await runCommand(['restore', file, '--json'], settings)).out);
  assert.match(kept, /moonshare\.db\.replaced-/);
  assert.match((await runCommand(['users', 'list'], settings)).out, /anna/);
});

test('serve prints its address as JSON, and ends when told to', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-json-');
  const ending = new AbortController();
  const lines: string[] = [];
  const code = await run(['serve', '--json'], {
    commands: COMMANDS,
    environment: { PORT: '0', MOONSHARE_DATA: data, MOONSHARE_LOG_LEVEL: 'silent' },
    terminal: {
      stdin: async () => '',
      error: assert.fail,
      out: (line) => {
        lines.push(line);
        ending.abort();
      },
    },
    signal: ending.signal,
  });
  assert.equal(code, 0);
  assert.equal(lines.length, 1);
  assert.match(JSON.parse(lines[0]!).url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
});

test('a host’s name is printed as one line of plain text', async (context) => {
  const server = await startTestServer(context);
  server.hosts.add('box').name = 'box\nPaired \u001b[2J\u009b2J\u202etxt';
  const settings = { MOONSHARE_SERVER_URL: server.url, MOONSHARE_CREDENTIALS: CREDENTIALS };
  for (const args of [
    ['hosts', 'add', 'box'],
    ['hosts', 'list'],
  ]) {
    const { code, out } = await runCommand(args, settings);
    assert.equal(code, 0);
    assert.match(out, /box Paired {2}\[2J/);
    assert.doesNotMatch(out, /[^\n -~]/);
  }
});
