// Runs the conformance suite of the Model Context Protocol against /mcp of a server: `npm run mcp-conformance`
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import { pino } from 'pino';

/** Not among our dependencies: it has a hundred of its own. */
const SUITE = '@modelcontextprotocol/conformance';
const VERSION = '0.2.0-alpha.12';
const CREDENTIALS = 'of-the-conformance-suite';
const LIMIT_MS = 60_000;

/**
 * What applies to a server with tools and nothing else, by revision. The others want prompts, resources, logs, questions to people or sampling, or
 * tools that exist only for them: what those test is in the SDK.
 */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  '2025-06-18': ['server-initialize', 'ping', 'tools-list'],
  '2025-11-25': ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'],
  '2026-07-28': [
    'server-stateless',
    'tools-list',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
    'http-header-validation',
    'input-required-result-unsupported-methods',
  ],
};
/** Checks that call tools which exist only for them. */
const NOT_TESTABLE = /^Not testable: /;

interface Check {
  id: string;
  status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  errorMessage?: string;
}

const program = findSuite();
const data = mkdtempSync(join(tmpdir(), 'moonshare-conformance-'));
const config = loadConfig({ PORT: '0', MOONSHARE_DATA: data, MOONSHARE_CREDENTIALS: CREDENTIALS });
const server = await MoonshareServer.start({ config, log: pino({ level: 'warn' }) });
const front = await authorized(new URL(server.url).port);
let failed = 0;
try {
  for (const [revision, scenarios] of Object.entries(SCENARIOS)) {
    for (const scenario of scenarios) failed += await run(scenario, revision);
  }
} finally {
  front.close();
  await server.close();
  rmSync(data, { recursive: true, force: true });
}
process.stdout.write(failed === 0 ? 'All passed\n' : `${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function findSuite(): string {
  try {
    return createRequire(import.meta.url).resolve(`${SUITE}/dist/index.js`);
  } catch {
    process.stderr.write(`The suite is not here: npm install --no-save ${SUITE}@${VERSION}\n`);
    process.exit(1);
  }
}

/** The suite sends no token: a proxy in front of the server, which adds it. */
async function authorized(port: string) {
  const proxy = createServer((incoming, outgoing) => {
    const { url, method, headers } = incoming;
    const authorization = `Bearer ${CREDENTIALS}`;
    const passed = request({ host: '127.0.0.1', port, path: url, method, headers: { ...headers, authorization } });
    passed.once('response', (answer) => answer.pipe(outgoing.writeHead(answer.statusCode!, answer.headers)));
    passed.once('error', () => outgoing.destroy());
    outgoing.once('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return proxy;
}

/** How many checks have failed. */
async function run(scenario: string, revision: string): Promise<number> {
  const out = mkdtempSync(join(data, 'results-'));
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}/mcp`;
  const options = ['--url', url, '--scenario', scenario, '--spec-version', revision, '-o', out];
  const ended = Promise.withResolvers<string>();
  const ends = (_error: unknown, stdout: string, stderr: string) => ended.resolve(stdout + stderr);
  execFile(process.execPath, [program, 'server', ...options], { timeout: LIMIT_MS }, ends);
  const printed = await ended.promise;
  const [file] = globSync(join(out, '**/checks.json'));
  if (file === undefined) {
    process.stdout.write(`${revision} ${scenario}: no results\n${printed}\n`);
    return 1;
  }
  const checks: Check[] = JSON.parse(readFileSync(file, 'utf8'));
  const passed = checks.filter(({ status }) => status === 'SUCCESS');
  const failures = checks.filter(
    ({ status, errorMessage = '' }) => status === 'FAILURE' && !NOT_TESTABLE.test(errorMessage),
  );
  process.stdout.write(`${revision} ${scenario}: ${passed.length} passed, ${failures.length} failed\n`);
  if (passed.length + failures.length === 0) return 1;
  for (const { id, errorMessage } of failures) process.stdout.write(`  ${id}: ${errorMessage}\n`);
  return failures.length;
}
