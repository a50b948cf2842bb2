// The packages as strangers get them: installed by npm from their tarballs into empty folders, with nothing of ours beside them.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { packApi } from '../../scripts/pack/api.ts';
import { packClient } from '../../scripts/pack/client.ts';
import { packGamestream } from '../../scripts/pack/gamestream.ts';
import { packReact } from '../../scripts/pack/react.ts';
import { packServer } from '../../scripts/pack/server.ts';
import { launchChromium, newPersonsPage } from '../harness/chromium.ts';
import { API_USER, CHECKED, INDEX_HTML, MAIN_TSX, RENDERED, TSCONFIGS, VITE_CONFIG } from './strangers.ts';

const run = promisify(execFile);
const LIMIT_MS = 300_000;
/** A Node for users of the packages: its own version first, then the oldest that they may have, which this machine has to have. */
const NODES = [process.execPath, process.env.OLD_NODE ?? '/usr/bin/node'] as const;
const REACT = ['react', 'react-dom', '@types/react', '@types/react-dom'];

let directory: string;
let tarballs: Record<'client' | 'react' | 'api' | 'server' | 'gamestream', string>;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'moonshare-packages-'));
  const out = join(directory, 'packages');
  tarballs = {
    client: await packClient(out),
    react: await packReact(out),
    api: await packApi(out),
    server: await packServer(out, 'own'),
    gamestream: await packGamestream(out),
  };
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** As on a machine that has only this Node, and none of this repository's settings. */
function environment(node: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_COMPILE_CACHE$|MOONSHARE_)/.test(name),
  );
  const path = [dirname(node), dirname(NODES[1]), '/usr/bin', '/bin'].join(delimiter);
  return { ...Object.fromEntries(own), PATH: path };
}

/** An empty folder with these packages installed. */
async function installed(
  node: string,
  packages: readonly string[],
  files: Record<string, string> = {},
): Promise<string> {
  const folder = mkdtempSync(join(directory, 'empty-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "strangers", "private": true, "type": "module" }');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await inFolder(folder, node, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages]);
  return folder;
}

async function inFolder(folder: string, node: string, command: string, args: readonly string[]): Promise<string> {
  const options = { cwd: folder, env: environment(node), timeout: LIMIT_MS, maxBuffer: 2 ** 26 };
  try {
    return (await run(command, [...args], options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

async function versionOf(node: string): Promise<string> {
  return (await run(node, ['--version'])).stdout.trim();
}

/** The installed demo, and the link that it prints. */
async function demo(t: TestContext, folder: string, node: string, settings: Record<string, string> = {}): Promise<URL> {
  const child = spawn('npx', ['moonshare', 'demo'], {
    cwd: folder,
    env: { ...environment(node), PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const kill = () => process.kill(-child.pid!, 'SIGTERM');
  t.after(async () => {
    if (child.exitCode === null) kill();
    await ended;
  });
  const [line] = await once(createInterface(child.stdout), 'line', { signal: AbortSignal.timeout(LIMIT_MS) });
  return new URL(String(line));
}

for (const node of NODES)
  test(`${node}: npx moonshare demo streams, and npm install -g works`, async (t) => {
    t.diagnostic(await versionOf(node));
    const folder = await installed(node, [tarballs.server, 'node-av']);
    const link = await demo(t, folder, node);
    const page = await fetch(new URL(link.pathname, link.origin));
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<script/);
    const prefix = join(folder, 'global');
    await inFolder(folder, node, 'npm', [
      'install',
      '-g',
      '--prefix',
      prefix,
      '--no-audit',
      '--no-fund',
      tarballs.server,
    ]);
    const version = await inFolder(folder, node, join(prefix, 'bin/moonshare'), ['--version']);
    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/moonshare/package.json'), 'utf8'));
    assert.ok(version.includes(manifest.version), version);
    const size = await inFolder(prefix, node, 'du', ['-sm', prefix]);
    t.diagnostic(`npm install -g moonshare takes ${size.split('\t')[0]} MB`);
  });

test('a React app made with Vite plays a stream of the installed server, on another origin, in Chromium', async (t) => {
  const [node] = NODES;
  const app = await installed(node, [tarballs.client, tarballs.react, ...REACT, 'vite', '@vitejs/plugin-react'], {
    'index.html': INDEX_HTML,
    'src/main.tsx': MAIN_TSX,
    'vite.config.js': VITE_CONFIG,
  });
  await inFolder(app, node, 'npx', ['vite', 'build']);
  const site = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    const file = join(app, 'dist', path === '/' ? 'index.html' : path);
    const type = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }[extname(file)];
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' }).end(readFileSync(file));
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  t.after(() => site.close());
  const origin = `http://localhost:${(site.address() as AddressInfo).port}`;
  const server = await installed(node, [tarballs.server, 'node-av']);
  const link = await demo(t, server, node, { MOONSHARE_ALLOWED_ORIGINS: origin });

  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await newPersonsPage(browser);
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  const token = new URLSearchParams(link.hash.slice(1)).get('token')!;
  await page.goto(`${origin}/?${new URLSearchParams({ src: `${link.origin}/`, streamer: 'demo', token })}`);
  await page.getByText(/playing, [1-9]\d* frames a second/).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator('moonshare-viewer').count(), 1);
  assert.deepEqual(faults, []);
});

for (const node of NODES)
  test(`${node}: the packages for pages render on a server, and the API's client works`, async () => {
    const folder = await installed(node, [tarballs.client, tarballs.react, tarballs.api, 'react', 'react-dom'], {
      'render.js': RENDERED,
      'api.js': API_USER,
    });
    assert.match(await inFolder(folder, node, 'node', ['render.js']), /^<moonshare-viewer [^>]*streamer="a"/);
    assert.equal(await inFolder(folder, node, 'node', ['api.js']), 'SERVER_UNREACHABLE');
  });

test('their types hold for who checks the types of libraries too', async () => {
  const [node] = NODES;
  const { client, react, api, gamestream } = tarballs;
  const files = { 'program.tsx': CHECKED, ...TSCONFIGS };
  const folder = await installed(node, [client, react, api, gamestream, ...REACT, '@types/node', 'typescript'], files);
  for (const project of Object.keys(TSCONFIGS)) await inFolder(folder, node, 'npx', ['tsc', '--project', project]);
});

for (const [runtime, args] of [
  ['deno', ['run', '--allow-net', '--allow-env']],
  ['bun', ['run']],
] as const)
  test(`the API's client works in ${runtime}`, async (t) => {
    const [node] = NODES;
    const folder = await installed(node, [tarballs.api, runtime], { 'api.js': API_USER });
    t.diagnostic((await inFolder(folder, node, 'npx', [runtime, '--version'])).split('\n')[0]!);
    assert.equal(await inFolder(folder, node, 'npx', [runtime, ...args, 'api.js']), 'SERVER_UNREACHABLE');
  });
