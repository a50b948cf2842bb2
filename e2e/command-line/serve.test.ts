import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';

/** Serves until `use` is done; resolves with everything written to stderr, including the log. */
async function serve(context: TestContext, data: string, use: (url: string) => Promise<void>): Promise<string> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url)), 'serve'],
    {
      env: { ...process.env, PORT: '0', MOONSHARE_DATA: data, MOONSHARE_LOG_LEVEL: 'trace' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  context.after(() => child.kill('SIGKILL'));
  const written = text(child.stderr);
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(async () => assert.fail(await written)),
  ]);
  await use(/http:\S+[^/]/.exec(String(line))![0]);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return written;
}

async function logIn(url: string, password: string): Promise<number> {
  const body = JSON.stringify({ user: 'admin', password });
  return (await fetch(`${url}/api/login`, { method: 'POST', body })).status;
}

test('the first start creates an admin and shows the password once, with no credentials set', async (context) => {
  const data = temporaryDirectory(context, 'moonshare-serve-');
  const first = await serve(context, data, async (url) => {
    assert.equal((await fetch(`${url}/api/streamers`)).status, 401);
    assert.equal(await logIn(url, 'guessed'), 401);
  });
  const passwords = [...first.matchAll(/"admin" with the password (\S+) /g)];
  assert.equal(passwords.length, 1);
  const password = passwords[0]![1]!;
  assert.equal(first.split(password).length, 2);
  const second = await serve(context, data, async (url) => assert.equal(await logIn(url, password), 200));
  assert.ok(!second.includes(password));
  assert.ok(!second.includes('password '));
  const isBuilt = existsSync(fileURLToPath(new URL('../../packages/web/dist/index.html', import.meta.url)));
  assert.equal(second.includes('the web app is not built'), !isBuilt);
});
