import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { COMMANDS } from './commands/all-commands.ts';
import { runCommand } from './testing/run-command.ts';

function settingsFile(context: TestContext, text: string): string {
  const directory = temporaryDirectory(context, 'moonshare-cli-');
  const path = join(directory, 'settings.json');
  writeFileSync(path, text);
  return path;
}

test('config print shows each value and where it came from, with secrets masked', async (context) => {
  const path = settingsFile(context, '{"bind": "::", "port": 1, "credentials": "hunter2"} // mine');
  const environment = { PORT: '2', MOONSHARE_CONFIG: path, MOONLIGHT_INTERNAL_PAIRING_PIN: '4711' };
  const { code, out, error } = await runCommand(['config', 'print', '--max-viewers=3'], environment);
  assert.deepEqual([code, error], [0, '']);
  assert.match(out, /^port +2 +PORT$/m);
  assert.match(out, new RegExp(`^bind +:: +${path}$`, 'm'));
  assert.match(out, new RegExp(`^credentials +\\*\\*\\* +${path}$`, 'm'));
  assert.match(out, /^internalPairingPin +\*\*\* +MOONLIGHT_INTERNAL_PAIRING_PIN$/m);
  assert.match(out, /^maxViewers +3 +--max-viewers$/m);
  assert.match(out, /^udpPorts +21000-21199 +default$/m);
  assert.match(out, /^publicUrl +- +default$/m);
  assert.doesNotMatch(out, /hunter2|4711/);
});

test('config print --json is one object', async (context) => {
  const path = settingsFile(context, '{"hosts": ["box"]}');
  const { out } = await runCommand(['config', 'print', '--json', '--config', path]);
  const { file, settings } = JSON.parse(out);
  assert.equal(file, path);
  assert.deepEqual(
    settings.find(({ name }: { name: string }) => name === 'hosts'),
    { name: 'hosts', value: ['box:47989'], source: { from: 'file', path, key: 'hosts' } },
  );
});

test('invalid settings end the command with 1, reported on stderr as text or as JSON', async () => {
  const environment = { MOONSHARE_UPD_PORTS: '1' };
  const text = await runCommand(['config', 'print'], environment);
  assert.deepEqual([text.code, text.out], [1, '']);
  assert.match(text.error, /^moonshare: .*MOONSHARE_UPD_PORTS is not a setting, did you mean MOONSHARE_UDP_PORTS/);
  const json = await runCommand(['config', 'print', '--json'], environment);
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(json.error).code, 'CONFIG_INVALID');
});

test('an invalid command line ends with 2 and suggests what was meant', async () => {
  const cases: [string[], RegExp][] = [
    [['confg'], /no command "confg", did you mean "config"/],
    [['config', 'prnt'], /no command "config prnt", did you mean "config print"/],
    [['config'], /"config" needs a subcommand: config print/],
    [['config', 'print', 'x'], /Unexpected argument "x"/],
    [['config', 'print', '--prot', '1'], /--prot is not an option, did you mean --port/],
    [['config', 'print', '--config'], /--config needs a value/],
    [['config', 'print', '--bind', '--json'], /--bind needs a value/],
    [['--json', 'nonsense-without-neighbour'], /"code":"USAGE"/],
    [[], /Usage: moonshare <command>/],
  ];
  for (const [args, expected] of cases) {
    const { code, out, error } = await runCommand(args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(error, expected);
  }
});

test('every command and every group has its own help', async () => {
  for (const { name, summary } of COMMANDS) {
    const { code, out, error } = await runCommand([...name.split(' '), '--help']);
    assert.deepEqual([code, error], [0, '']);
    assert.match(out, new RegExp(`^Usage: moonshare ${name} `));
    assert.ok(out.includes(summary), name);
    for (const option of ['--help', '--json', '--config <file>']) assert.ok(out.includes(option), name);
    const [word] = name.split(' ');
    // A group that is a command itself has that one's help.
    if (COMMANDS.some((command) => command.name === word)) continue;
    const group = await runCommand([word!, '-h']);
    assert.equal(group.code, 0);
    assert.ok(group.out.includes(`  ${name} `), name);
  }
});

test('the program’s help names every command, every setting and its default', async () => {
  const { code, out } = await runCommand(['--help']);
  assert.equal(code, 0);
  for (const { name } of COMMANDS) assert.ok(out.includes(`  ${name} `), name);
  assert.match(out, /--udp-ports, MOONSHARE_UDP_PORTS \[21000-21199\]/);
});

test('the version is printed, alone or as JSON', async () => {
  const { code, out } = await runCommand(['--version']);
  assert.equal(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(JSON.parse((await runCommand(['serve', '--version', '--json'])).out), { version: out });
});
