import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HELP, readOptions } from './command-line.ts';
import { resolveOptions } from './options.ts';

test('the help names every option', () => {
  for (const option of [
    'base-port',
    'bind',
    'admin-port',
    'name',
    'state-dir',
    'pin',
    'sessions',
    'fec',
    'fps',
    'app',
    'desktop',
    'no-clock',
    'encryption',
    'runtime-bitrate',
    'like',
    'quirk',
  ]) {
    assert.match(HELP, new RegExp(`--${option} `));
  }
});

for (const [args, reason] of [
  [['--fec=256'], /FEC percentage/],
  [['--base-port=x'], /base port/],
  [['--pin=12'], /PIN/],
  [['--nonsense'], /--nonsense/],
  [['--sessions='], /number of sessions/],
  [['--no-clock'], /small desktop/],
  [['--like=wolf', '--runtime-bitrate'], /Wolf cannot change the bitrate/],
] as const) {
  test(`${args.join(' ')} is refused with a reason`, () => {
    assert.throws(() => {
      const options = readOptions([...args], {});
      assert.ok(options !== null);
      resolveOptions(options);
    }, reason);
  });
}
