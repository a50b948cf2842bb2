// The filter in deploy/ is tested against the log of a real server.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';

const FILTER = fileURLToPath(new URL('../../deploy/fail2ban-filter.conf', import.meta.url));
const CREDENTIALS = 'the-shared-credentials';
const MODES = ['normal', 'aggressive'] as const;
type Mode = (typeof MODES)[number];

/** What each address does: the failures that each mode finds, and what is not a failure. */
const DEEDS: Record<string, { in: readonly Mode[]; path: string; body?: object; bearer?: string }> = {
  '203.0.113.1': { in: MODES, path: '/api/login', body: { user: 'admin', password: 'wrong' } },
  '2001:db8::2': { in: MODES, path: '/api/login', body: { user: 'x","address":"192.0.2.1', password: 'wrong' } },
  '203.0.113.3': { in: MODES, path: '/api/me', bearer: 'guess' },
  '203.0.113.4': { in: ['aggressive'], path: '/api/me', bearer: `mst_1_${'x'.repeat(43)}` },
  '203.0.113.5': { in: [], path: '/api/tokens', bearer: CREDENTIALS, body: { name: 'x', scopes: ['admin'] } },
  '203.0.113.6': { in: [], path: '/api/me' },
};

/** The log of a `moonshare serve` in which all of this was done, line by line. */
async function realLog(context: TestContext): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url)), 'serve'],
    {
      env: {
        ...process.env,
        PORT: '0',
        MOONSHARE_DATA: temporaryDirectory(context, 'moonshare-fail2ban-'),
        MOONSHARE_CREDENTIALS: CREDENTIALS,
        MOONSHARE_TRUSTED_PROXIES: '127.0.0.1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  const [line] = await once(createInterface(child.stdout), 'line');
  const url = /http:\S+[^/]/.exec(String(line))![0];
  for (const [address, { path, body, bearer }] of Object.entries(DEEDS)) {
    const headers = { 'x-forwarded-for': address, ...(bearer && { authorization: `Bearer ${bearer}` }) };
    await fetch(url + path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
  }
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
  return lines;
}

function expected(mode: Mode): string[] {
  return Object.entries(DEEDS)
    .filter(([, deed]) => deed.in.includes(mode))
    .map(([address]) => address);
}

/** The filter’s expression as a JavaScript one, for machines without fail2ban. */
function expression(mode: Mode): RegExp {
  const value = (name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(readFileSync(FILTER, 'utf8'))![1]!;
  const events = value(`_${mode}`).replace('<_normal>', value('_normal'));
  return new RegExp(value('failregex').replace('<_<mode>>', events).replace('<ADDR>', '([\\da-f.:]+)'));
}

test('the fail2ban filter finds the addresses of all failures in a real log, in either mode, and no others', async (context) => {
  const lines = await realLog(context);
  for (const mode of MODES) {
    const pattern = expression(mode);
    assert.deepEqual(
      lines.map((line) => pattern.exec(line)?.at(-1)).filter((address) => address !== undefined),
      expected(mode),
    );
    // As the journal shows them, and without the time, which fail2ban removes from the line.
    for (const line of lines) {
      const matches = pattern.test(line);
      assert.equal(pattern.test(`moon.example moonshare[4711]: ${line}`), matches);
      assert.equal(pattern.test(line.replace(/"time":\d+/, '')), matches);
      assert.equal(pattern.test(`x ${line}`), false);
    }
  }
  if (spawnSync('which', ['fail2ban-regex']).status !== 0) return context.diagnostic('fail2ban is not installed');
  const log = join(temporaryDirectory(context, 'moonshare-fail2ban-'), 'moonshare.log');
  writeFileSync(log, `${lines.join('\n')}\n`);
  for (const mode of MODES) {
    const { stdout } = spawnSync('fail2ban-regex', ['-o', 'ip', log, `${FILTER}[mode=${mode}]`], { encoding: 'utf8' });
    assert.deepEqual(stdout.trim().split('\n'), expected(mode));
  }
});
