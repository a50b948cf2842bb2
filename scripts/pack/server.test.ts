import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { packServer } from './server.ts';
import { ROOT } from './stage.ts';

const run = promisify(execFile);
const MODULES = join(ROOT, 'node_modules');
const LIMIT_MS = 60_000;

test('the packed server streams: the demo with its page, and a picture of it', {
  timeout: 120_000,
}, async (context) => {
  const directory = temporaryDirectory(context, 'moonshare-package-');
  const target = join(directory, 'node_modules/moonshare');
  mkdirSync(target, { recursive: true });
  const tarball = await packServer(join(directory, 'packages'), 'own');
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  // Only what npm would install beside it, so that whatever else it imports is found missing.
  for (const name of [
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.optionalDependencies),
    ...Object.keys(manifest.peerDependencies),
  ])
    link(name, join(directory, 'node_modules'));
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/streamer.cjs.map', 'dist/THIRD-PARTY-LICENSES.txt'])
    assert.ok(readFileSync(join(target, file)).length > 0);
  assert.deepEqual(
    readdirSync(target, { recursive: true }).filter((name) => /(?<!\.d)\.ts$/.test(String(name))),
    [],
  );
  const streamer = readdirSync(join(target, 'dist')).filter((name) => /^streamer.*\.cjs$/.test(name));
  for (const name of streamer) assert.doesNotMatch(readFileSync(join(target, 'dist', name), 'utf8'), /ZodError/, name);

  const credentials = randomUUID();
  const command = join(target, manifest.bin.moonshare);
  const child = spawn(process.execPath, [command, 'demo'], {
    cwd: directory,
    env: { ...process.env, MOONSHARE_CREDENTIALS: credentials, PORT: '0', MOONSHARE_CONFIG: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  context.after(() => child.kill('SIGKILL'));
  const [link_] = await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(LIMIT_MS) });
  const { origin } = new URL(String(link_));
  const get = (path: string) =>
    fetch(`${origin}${path}`, {
      headers: { authorization: `Bearer ${credentials}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });

  const page = await (await get('/s/demo')).text();
  const [, script] = /<script[^>]* src="([^"]+)"/.exec(page) ?? assert.fail(page);
  assert.equal((await fetch(new URL(script!, origin))).status, 200);
  const picture = await get('/api/streamers/demo/screenshot?format=png');
  assert.equal(picture.status, 200, await picture.clone().text());
  assert.equal(picture.headers.get('x-moonshare-width'), '1280');
  const mcp = await fetch(`${origin}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${credentials}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list_streamers', arguments: {} },
    }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  assert.match(await mcp.text(), /streamer_id.*demo/);
  assert.equal(await agentOf(command, { origin, credentials, cwd: directory }), 'moonshare');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

/** What an MCP server on stdin and stdout, which ends with its client, says that it is. */
async function agentOf(
  command: string,
  { origin, credentials, cwd }: { origin: string; credentials: string; cwd: string },
): Promise<string> {
  const child = spawn(process.execPath, [command, 'mcp'], {
    cwd,
    env: { ...process.env, MOONSHARE_CREDENTIALS: credentials, MOONSHARE_SERVER_URL: origin },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  });
  const ended = once(child, 'exit');
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  const [line] = await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(LIMIT_MS) });
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  return JSON.parse(String(line)).result.serverInfo.name;
}

function link(name: string, modules: string): void {
  mkdirSync(join(modules, name, '..'), { recursive: true });
  symlinkSync(join(MODULES, name), join(modules, name), 'junction');
}
