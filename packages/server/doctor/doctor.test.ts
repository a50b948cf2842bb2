import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCommand } from '../cli/testing/run-command.ts';
import { startRealHost } from '../testing/real-host.ts';
import { createTestCertificate, tlsFiles } from '../testing/test-certificate.ts';
import { CREDENTIALS, startTestServer } from '../testing/test-server.ts';
import type { Finding, Verdict } from './finding.ts';
import { startStunServer } from './stun/testing.ts';

interface Report {
  code: number;
  findings: Finding[];
  /** The only finding of this check, or the one whose message holds. */
  find(check: string, message?: RegExp): Finding;
}

async function doctor(context: TestContext, environment: Record<string, string>): Promise<Report> {
  const data = mkdtempSync(join(tmpdir(), 'moonshare-doctor-'));
  context.after(() => rmSync(data, { recursive: true }));
  const udp = 33_000 + Math.floor(Math.random() * 10_000);
  const settings = { MOONSHARE_DATA: data, PORT: '0', MOONSHARE_UDP_PORTS: `${udp}-${udp + 4}`, ...environment };
  const { code, out, error } = await runCommand(['doctor', '--json'], settings);
  assert.equal(error, '');
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return {
    code,
    findings,
    find: (check, message = /./) => {
      const found = findings.filter((finding) => finding.check === check && message.test(finding.message));
      assert.equal(found.length, 1, `${check} ${message}: ${JSON.stringify(findings, null, 1)}`);
      return found[0]!;
    },
  };
}

function verdict(expected: Verdict, { verdict: seen, message, fix }: Finding, fixed: RegExp | null = null): void {
  assert.equal(seen, expected, message);
  if (fixed === null) return;
  assert.match(fix ?? '', fixed);
}

async function listening(context: TestContext, server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a host that is there and not paired: each port, its version, its codecs and how to pair it', async (context) => {
  const host = await startRealHost(context, null);
  const name = `host 127.0.0.1:${host.httpPort}`;
  const { code, find } = await doctor(context, { MOONSHARE_HOSTS: `127.0.0.1:${host.httpPort}` });
  assert.equal(code, 1);
  verdict('ok', find(name, /version 7\.1\.431/));
  verdict('ok', find(name, new RegExp(`TCP ${host.httpPort - 5} .*open`)));
  verdict('ok', find(name, new RegExp(`TCP ${host.httpPort + 21} .*open`)));
  verdict('problem', find(name, /not paired/), new RegExp(`moonshare pair 127\\.0\\.0\\.1:${host.httpPort}`));
  verdict('ok', find(name, /encodes H\.264 \(every browser\)/));
  verdict('unknown', find(name, /UDP 47998/));
});

test('what a running server has paired is paired', async (context) => {
  const host = await startRealHost(context, '1234');
  const data = mkdtempSync(join(tmpdir(), 'moonshare-doctor-'));
  context.after(() => rmSync(data, { recursive: true }));
  const { gameStreamApi } = await import('../hosts/index.ts');
  const { MoonshareServer } = await import('../server.ts');
  const { loadConfig } = await import('../config/index.ts');
  const { pino } = await import('pino');
  const config = loadConfig({ PORT: '0', MOONSHARE_DATA: data, MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  const log = pino({ level: 'silent' });
  const server = await MoonshareServer.start({
    config: { ...config, credentials: CREDENTIALS },
    log,
    api: gameStreamApi,
  });
  try {
    const added = await server.hosts.add({ address: '127.0.0.1', httpPort: host.httpPort });
    await added.pair(new AbortController().signal).paired;
    const { port } = new URL(server.url);
    const running = { PORT: port, MOONSHARE_DATA: data, MOONSHARE_CREDENTIALS: CREDENTIALS };
    const online = await doctor(context, running);
    verdict('ok', online.find(`host 127.0.0.1:${host.httpPort}`, /^paired/));
    verdict('ok', online.find('http port', /the server runs/));
    verdict('ok', online.find(`websocket http://127.0.0.1:${port}`));
    assert.equal(online.code, 0);
    const stranger = await doctor(context, { ...running, MOONSHARE_CREDENTIALS: '' });
    verdict('unknown', stranger.find('hosts'), /MOONSHARE_CREDENTIALS/);
    const lost = await doctor(context, { ...running, PORT: '9' });
    verdict('problem', lost.find('server'), /PORT|MOONSHARE_SERVER_URL/);
  } finally {
    await server.close();
  }
  const offline = await doctor(context, { MOONSHARE_DATA: data });
  verdict('ok', offline.find(`host 127.0.0.1:${host.httpPort}`, /^paired/));
});

test('a host port where nobody listens, and one where somebody else does', async (context) => {
  const stranger = await listening(
    context,
    createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')),
  );
  const { code, find } = await doctor(context, { MOONSHARE_HOSTS: `127.0.0.1:9,127.0.0.1:${stranger}` });
  assert.equal(code, 1);
  verdict('problem', find('host 127.0.0.1:9', /TCP 9 \(HTTP\): nothing listens/), /firewall/);
  verdict('problem', find(`host 127.0.0.1:${stranger}`));
});

test('a STUN server that answers shows a public address that is right, wrong or missing', async (context) => {
  const { port } = await startStunServer(context, { seenAs: '203.0.113.5' });
  const url = `stun:127.0.0.1:${port}`;
  const MOONSHARE_ICE_SERVERS = JSON.stringify([{ urls: [url] }]);
  const right = await doctor(context, { MOONSHARE_ICE_SERVERS, MOONSHARE_PUBLIC_ADDRESS: '203.0.113.5' });
  verdict('ok', right.find(url, /203\.0\.113\.5/));
  verdict('ok', right.find('public address'));
  assert.equal(right.code, 0);
  const wrong = await doctor(context, { MOONSHARE_ICE_SERVERS, MOONSHARE_PUBLIC_ADDRESS: '203.0.113.6' });
  verdict('problem', wrong.find('public address'), /MOONSHARE_PUBLIC_ADDRESS=203\.0\.113\.5/);
  assert.equal(wrong.code, 1);
  const missing = await doctor(context, { MOONSHARE_ICE_SERVERS });
  verdict('warning', missing.find('public address'), /MOONSHARE_PUBLIC_ADDRESS=203\.0\.113\.5/);
});

test('a STUN server that sees an address of this machine says that there is no NAT', async (context) => {
  const { port } = await startStunServer(context);
  const MOONSHARE_ICE_SERVERS = JSON.stringify([{ urls: [`stun:127.0.0.1:${port}`] }]);
  verdict('ok', (await doctor(context, { MOONSHARE_ICE_SERVERS })).find('public address', /address of this machine/));
});

test('TURN relays with the credentials that a browser would get, and gives the relay back', async (context) => {
  const turn = await startStunServer(context, { secret: 'north' });
  const url = `turn:127.0.0.1:${turn.port}`;
  const good = await doctor(context, { MOONSHARE_TURN_URLS: url, MOONSHARE_TURN_SECRET: 'north' });
  verdict('ok', good.find(url, /198\.51\.100\.7/));
  assert.equal(turn.relays(), 0);
  const bad = await doctor(context, { MOONSHARE_TURN_URLS: url, MOONSHARE_TURN_SECRET: 'south' });
  verdict('problem', bad.find(url, /^401 Unauthorized$/), /MOONSHARE_TURN_SECRET/);
});

test('STUN and TURN where nobody listens, over UDP and TCP, and an address that is none', async (context) => {
  const tcp = await listening(context, createServer());
  const urls = ['stun:127.0.0.1:9', 'turns:127.0.0.1:9', `turn:127.0.0.1:${tcp}?transport=tcp`, 'http://a'];
  const { find } = await doctor(context, { MOONSHARE_ICE_SERVERS: JSON.stringify([{ urls }]) });
  verdict('problem', find(urls[0]!, /nothing listens/), /STUN server on/);
  verdict('problem', find(urls[1]!, /nothing listens/), /TCP 9/);
  verdict('unknown', find(urls[2]!, /listens/));
  verdict('problem', find(urls[3]!, /no STUN or TURN address/));
});

test('ports for viewers: free, nearly used up, used up', async (context) => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  context.after(() => socket.close());
  const { port } = socket.address();
  const none = await doctor(context, { MOONSHARE_UDP_PORTS: `${port}-${port}` });
  verdict('problem', none.find('viewer ports'), /MOONSHARE_UDP_PORTS/);
  const some = await doctor(context, {});
  verdict('ok', some.find('viewer ports', /5 of 5 free/));
  verdict('ok', some.find('viewer ports', /arrives/));
});

/** Passes requests on, upgrades not. */
async function startDeafProxy(context: TestContext, target: string): Promise<string> {
  const proxy = createHttpServer((incoming, answer) => {
    const { connection: _connection, upgrade: _upgrade, ...headers } = incoming.headers;
    const passed = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  return `http://127.0.0.1:${await listening(context, proxy)}`;
}

test('a proxy that refuses upgrades, one that is not there, and a server without one', async (context) => {
  const { url } = await startTestServer(context);
  const proxy = await startDeafProxy(context, url);
  const deaf = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy });
  verdict('problem', deaf.find(`websocket ${proxy}`, /^answered 4\d\d and not 101/), /Upgrade and Connection/);
  const none = await doctor(context, { MOONSHARE_PUBLIC_URL: 'http://127.0.0.1:9' });
  verdict('problem', none.find('websocket http://127.0.0.1:9', /ECONNREFUSED/), /MOONSHARE_PUBLIC_URL/);
  const direct = await doctor(context, { MOONSHARE_PUBLIC_URL: url });
  verdict('ok', direct.find(`websocket ${url}`));
});

test('HTTPS that is missing, there, and about to be over', async (context) => {
  const open = await doctor(context, { MOONSHARE_BIND: '0.0.0.0' });
  verdict('warning', open.find('https'), /MOONSHARE_TLS_CERT/);
  verdict('ok', (await doctor(context, {})).find('https'));
  const { files, write } = tlsFiles(context);
  write(await createTestCertificate());
  const tls = { MOONSHARE_TLS_CERT: files.certificate, MOONSHARE_TLS_KEY: files.key };
  const good = await doctor(context, { MOONSHARE_BIND: '0.0.0.0', ...tls });
  verdict('ok', good.find('https'));
  verdict('ok', good.find('tls certificate', /holds until/));
  write({ key: (await createTestCertificate()).key });
  verdict('problem', (await doctor(context, tls)).find('tls certificate', /does not belong/), /PEM/);
});

test('a port that is taken by something else, and an address that is not ours', async (context) => {
  const port = await listening(context, createServer());
  const taken = await doctor(context, { PORT: String(port) });
  verdict('problem', taken.find('http port', /taken by something else/), /PORT/);
  const foreign = await doctor(context, { PORT: '8080', MOONSHARE_BIND: '203.0.113.9' });
  verdict('problem', foreign.find('http port', /EADDRNOTAVAIL/), /MOONSHARE_BIND/);
});

test('a settings file with secrets in it that others may read', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-doctor-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'settings.json');
  writeFileSync(path, '{"credentials": "hunter2"}', { mode: 0o644 });
  const open = await doctor(context, { MOONSHARE_CONFIG: path });
  verdict('warning', open.find('settings file', /holds credentials/), /chmod 600/);
  chmodSync(path, 0o600);
  verdict('ok', (await doctor(context, { MOONSHARE_CONFIG: path })).find('settings file'));
});

test('as text it is one line for each finding, with the fix', async () => {
  const { code, out } = await runCommand(['doctor'], {
    MOONSHARE_DATA: join(tmpdir(), 'moonshare-that-is-not-there'),
    PORT: '0',
    MOONSHARE_HOSTS: '127.0.0.1:9',
  });
  assert.equal(code, 1);
  assert.match(out, /^PROBLEM {2}host 127\.0\.0\.1:9: TCP 9 \(HTTP\): nothing listens there\. Is it on, .*$/m);
  for (const line of out.split('\n')) assert.match(line, /^(ok|WARNING|PROBLEM|\?) {2,}\S.*: \S/);
});
