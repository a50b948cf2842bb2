import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { type ClientIdentity, createClientIdentity } from '@moonshare/gamestream';
import { loadNative } from '@moonshare/webrtc';
import { loadConfig } from '../../config/load.ts';
import { gameStreamApi } from '../../hosts/gamestream-api.ts';
import { CertificateStore } from '../../store/certificate-store.ts';
import { openDatabase } from '../../store/database.ts';
import { HostStore } from '../../store/host-store.ts';
import { freeUdpRange } from '../../testing/free-udp-range.ts';
import { type RealHost, startRealHost } from '../../testing/real-host.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { createTestCertificate, tlsFiles } from '../../testing/test-certificate.ts';
import { CREDENTIALS, PASSWORD_COST, startTestServer } from '../../testing/test-server.ts';
import { runCommand } from '../testing/run-command.ts';
import { checkUdpPorts } from './check-udp.ts';
import type { Finding, Verdict } from './finding.ts';
import { startStunServer } from './testing/stun-server.ts';

interface Report {
  code: number;
  findings: Finding[];
  /** The only finding of this check, or the one whose message matches. */
  find(check: string, message?: RegExp): Finding;
}

async function doctor(context: TestContext, environment: Record<string, string>): Promise<Report> {
  const data = temporaryDirectory(context, 'moonshare-doctor-');
  const { from, to } = await freeUdpRange(5);
  const settings = { MOONSHARE_DATA: data, PORT: '0', MOONSHARE_UDP_PORTS: `${from}-${to}`, ...environment };
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

test('a host port where nothing listens, and one where something else does', async (context) => {
  const stranger = await listening(
    context,
    createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n')),
  );
  const { code, find } = await doctor(context, { MOONSHARE_HOSTS: `127.0.0.1:9,127.0.0.1:${stranger}` });
  assert.equal(code, 1);
  verdict('problem', find('host 127.0.0.1:9', /TCP 9 \(HTTP\): nothing listens/), /firewall/);
  verdict('problem', find(`host 127.0.0.1:${stranger}`));
});

/** A host that answers `/serverinfo` over HTTP, with these elements replaced, and has no other port open. */
async function startScriptedHost(context: TestContext, changes: Record<string, string> = {}): Promise<string> {
  const elements = {
    hostname: 'box',
    appversion: '7.1.431.-1',
    uniqueid: 'u',
    HttpsPort: '9',
    ServerCodecModeSupport: '1',
    PairStatus: '0',
    currentgame: '0',
    state: 'SUNSHINE_SERVER_FREE',
    ...changes,
  };
  const xml = Object.entries(elements).map(([name, value]) => `<${name}>${value}</${name}>`);
  const server = createHttpServer((_request, answer) => answer.end(`<root status_code="200">${xml.join('')}</root>`));
  return `127.0.0.1:${await listening(context, server)}`;
}

test('closed ports of a host, each with the fix', async (context) => {
  const address = await startScriptedHost(context);
  const { code, find } = await doctor(context, { MOONSHARE_HOSTS: address });
  assert.equal(code, 1);
  verdict('problem', find(`host ${address}`, /TCP 9 \(HTTPS.*nothing listens/), /Allow TCP 9 /);
  const rtsp = Number(address.split(':')[1]) + 21;
  verdict('problem', find(`host ${address}`, /RTSP.*nothing listens/), new RegExp(`Allow TCP ${rtsp} `));
});

test('a host that is too old, one without H.264, and one without any known codec', async (context) => {
  const old = await startScriptedHost(context, { appversion: '7.1.100.0' });
  const hevc = await startScriptedHost(context, { ServerCodecModeSupport: String(0x100 | 0x10000) });
  const strange = await startScriptedHost(context, { ServerCodecModeSupport: '0' });
  const { find } = await doctor(context, { MOONSHARE_HOSTS: [old, hevc, strange].join() });
  verdict('problem', find(`host ${old}`, /7\.1\.100/), /Update the host/);
  verdict('warning', find(`host ${hevc}`, /encodes HEVC .*, AV1 .*, not H\.264/), /Enable H\.264/);
  verdict('warning', find(`host ${strange}`, /encodes no known codec, not H\.264/), /Enable H\.264/);
});

/** A server's data in which the host has these certificates. */
async function knownHost(
  context: TestContext,
  host: RealHost,
  options: { hostCertificate?: string; clients: ClientIdentity[] },
) {
  const data = temporaryDirectory(context, 'moonshare-doctor-');
  const socket = connectTls({ host: '127.0.0.1', port: host.httpPort - 5, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  const database = openDatabase(data);
  const hosts = new HostStore(database);
  hosts.add({ address: '127.0.0.1', httpPort: host.httpPort });
  hosts.saveCertificate(0, options.hostCertificate ?? new X509Certificate(raw).toString());
  const certificates = new CertificateStore(database);
  for (const client of options.clients) certificates.add(0, client);
  database.close();
  const { find } = await doctor(context, { MOONSHARE_DATA: data });
  const pair = (identity: ClientIdentity) =>
    gameStreamApi.pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '1234' });
  return { find: (message: RegExp) => find(`host 127.0.0.1:${host.httpPort}`, message), pair, data };
}

test('a real host', async (context) => {
  const host = await startRealHost(context, '1234');

  await context.test(
    'a reachable host that is not paired: each port, its version, its codecs, and how to pair it',
    async () => {
      const name = `host 127.0.0.1:${host.httpPort}`;
      const { code, find } = await doctor(context, { MOONSHARE_HOSTS: `127.0.0.1:${host.httpPort}` });
      assert.equal(code, 1);
      verdict('ok', find(name, /version 7\.1\.431/));
      verdict('ok', find(name, new RegExp(`TCP ${host.httpPort - 5} .*open`)));
      verdict('ok', find(name, new RegExp(`TCP ${host.httpPort + 21} .*open`)));
      verdict('problem', find(name, /not paired/), new RegExp(`moonshare pair 127\\.0\\.0\\.1:${host.httpPort}`));
      verdict('ok', find(name, /encodes H\.264 \(every browser\)/));
      verdict('unknown', find(name, new RegExp(`UDP ${host.httpPort + 9} to ${host.httpPort + 11} `)));
    },
  );

  await context.test('a pairing that the host has forgotten does not count', async () => {
    const { find } = await knownHost(context, host, { clients: [await createClientIdentity()] });
    verdict('problem', find(/has forgotten the pairing/), /moonshare pair/);
  });

  await context.test('of several certificates only those that the host accepts count', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => createClientIdentity()));
    const { pair, data } = await knownHost(context, host, { clients });
    for (const client of clients.slice(1)) await pair(client);
    const { find } = await doctor(context, { MOONSHARE_DATA: data });
    verdict('ok', find(`host 127.0.0.1:${host.httpPort}`, /paired \(2 of 2 client certificates free\)/));
  });

  await context.test('a different host in place of the paired one is reported', async () => {
    const { certificate } = await createClientIdentity();
    const { find } = await knownHost(context, host, {
      hostCertificate: certificate,
      clients: [await createClientIdentity()],
    });
    verdict('problem', find(/different certificate than at pairing/), /pair with it again/);
  });

  await context.test('what a running server has paired counts as paired', async () => {
    const data = temporaryDirectory(context, 'moonshare-doctor-');
    const { MoonshareServer } = await import('../../server.ts');
    const { pino } = await import('pino');
    const config = loadConfig({ PORT: '0', MOONSHARE_DATA: data, MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
    const log = pino({ level: 'silent' });
    const server = await MoonshareServer.start({
      config: { ...config, credentials: CREDENTIALS },
      log,
      api: gameStreamApi,
      passwordCost: PASSWORD_COST,
    });
    try {
      const added = await server.hosts.add({ address: '127.0.0.1', httpPort: host.httpPort });
      await added.pair(new AbortController().signal).paired;
      const { port } = new URL(server.url);
      const running = { PORT: port, MOONSHARE_DATA: data, MOONSHARE_CREDENTIALS: CREDENTIALS };
      const online = await doctor(context, running);
      verdict('ok', online.find(`host 127.0.0.1:${host.httpPort}`, /^paired/));
      verdict('ok', online.find('http port', /the server is running/));
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
});

test('a STUN server shows whether the public address is right, wrong or missing', async (context) => {
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

test('a STUN server that sees an address of this machine means that there is no NAT', async (context) => {
  const { port } = await startStunServer(context);
  const MOONSHARE_ICE_SERVERS = JSON.stringify([{ urls: [`stun:127.0.0.1:${port}`] }]);
  verdict('ok', (await doctor(context, { MOONSHARE_ICE_SERVERS })).find('public address', /address of this machine/));
});

test('TURN relays with the credentials that a browser would get, and the relay is released', async (context) => {
  const turn = await startStunServer(context, { secret: 'north' });
  const url = `turn:127.0.0.1:${turn.port}`;
  const good = await doctor(context, { MOONSHARE_TURN_URLS: url, MOONSHARE_TURN_SECRET: 'north' });
  verdict('ok', good.find(url, /198\.51\.100\.7/));
  assert.equal(turn.relays(), 0);
  const bad = await doctor(context, { MOONSHARE_TURN_URLS: url, MOONSHARE_TURN_SECRET: 'south' });
  verdict('problem', bad.find(url, /^401 Unauthorized$/), /MOONSHARE_TURN_SECRET/);
});

test('STUN and TURN where nothing listens, over UDP and TCP, and an invalid address', async (context) => {
  const tcp = await listening(context, createServer());
  const urls = ['stun:127.0.0.1:9', 'turns:127.0.0.1:9', `turn:127.0.0.1:${tcp}?transport=tcp`, 'http://a'];
  const { find } = await doctor(context, { MOONSHARE_ICE_SERVERS: JSON.stringify([{ urls }]) });
  verdict('problem', find(urls[0]!, /nothing listens/), /STUN server is on/);
  verdict('problem', find(urls[1]!, /nothing listens/), /TCP 9/);
  verdict('unknown', find(urls[2]!, /is listening/));
  verdict('problem', find(urls[3]!, /not a STUN or TURN address/));
});

test('ports for viewers, free and used up', async (context) => {
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

test('ports for viewers that are nearly used up', async (context) => {
  const { from, to } = await freeUdpRange(5);
  const taken = await Promise.all([0, 1, 2].map((i) => bound(context, from + i)));
  assert.ok(taken.every(Boolean));
  const { find } = await doctor(context, { MOONSHARE_UDP_PORTS: `${from}-${to}` });
  verdict('warning', find('viewer ports', /2 of 5 free/), /Widen MOONSHARE_UDP_PORTS/);
});

test('ports for viewers that another program has over TCP', async (context) => {
  const { from, to } = await freeUdpRange(5);
  const other = createServer().listen(from + 1, '127.0.0.1');
  context.after(() => other.close());
  await once(other, 'listening');
  const { find } = await doctor(context, {
    MOONSHARE_UDP_PORTS: `${from}-${to}`,
    MOONSHARE_BIND: '127.0.0.1',
    MOONSHARE_WEBRTC_STACK: 'auto',
  });
  if ('addon' in loadNative())
    verdict('warning', find('viewer ports', new RegExp(`TCP ${from + 1}: `)), /MOONSHARE_UDP_PORTS/);
});

test('a machine that does not let datagrams through to its own ports', async () => {
  const { udpPorts, ...config } = loadConfig({});
  const from = 43_000 + Math.floor(Math.random() * 10_000);
  // Sockets may not send to a broadcast address by default.
  const options = { bind: undefined, own: ['127.255.255.255'], limitMs: 1_000, tcp: false };
  const findings = await checkUdpPorts({ ...config, udpPorts: { ...udpPorts, from, to: from + 4 } }, options);
  const blocked = findings.find(({ message }) => message.includes('127.255.255.255'))!;
  verdict('problem', blocked, new RegExp(`Allow UDP ${from}-${from + 4} `));
});

async function bound(context: TestContext, port: number): Promise<boolean> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  socket.bind(port);
  await once(socket, 'listening');
  context.after(() => socket.close());
  return true;
}

/** Passes requests on, but not upgrades. */
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

test('a proxy that refuses upgrades, one that is missing, and a server without one', async (context) => {
  const { url } = await startTestServer(context);
  const proxy = await startDeafProxy(context, url);
  const deaf = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy });
  verdict('problem', deaf.find(`websocket ${proxy}`, /^answered 4\d\d instead of 101/), /Upgrade and Connection/);
  const none = await doctor(context, { MOONSHARE_PUBLIC_URL: 'http://127.0.0.1:9' });
  verdict('problem', none.find('websocket http://127.0.0.1:9', /ECONNREFUSED/), /MOONSHARE_PUBLIC_URL/);
  const direct = await doctor(context, { MOONSHARE_PUBLIC_URL: url });
  verdict('ok', direct.find(`websocket ${url}`));
  verdict('ok', direct.find(`media websocket ${url}`, /^gets through$/));
});

/** Passes everything on but the upgrades of media sockets. */
async function startHalfDeafProxy(context: TestContext, target: string): Promise<string> {
  const proxy = createServer((browser) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    browser.on('error', () => upstream.destroy());
    upstream.on('error', () => browser.destroy());
    browser.once('data', (head) => {
      const text = head.toString('latin1');
      upstream.write(
        /^GET \S+\/media/.test(text) ? text.replace(/^(connection|upgrade): .*\r\n/gim, '') : text,
        'latin1',
      );
      browser.pipe(upstream);
      upstream.pipe(browser);
    });
  });
  return `http://127.0.0.1:${await listening(context, proxy)}`;
}

test('a proxy that forwards only the peer socket', async (context) => {
  const lines: string[] = [];
  const { url } = await startTestServer(context, {}, { logged: ({ text }) => lines.push(text) });
  const proxy = await startHalfDeafProxy(context, url);
  const found = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy });
  verdict('ok', found.find(`websocket ${proxy}`));
  verdict(
    'warning',
    found.find(`media websocket ${proxy}`, /^answered 404: viewers whose network blocks UDP/),
    /media/,
  );
  const forced = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy, MOONSHARE_TRANSPORT: 'websocket' });
  verdict('problem', forced.find(`media websocket ${proxy}`, /^answered 404/));
  const unused = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy, MOONSHARE_TRANSPORT: 'webrtc' });
  verdict('ok', unused.find(`media websocket ${proxy}`, /^not used/));
  assert.deepEqual(
    lines.filter((line) => line.includes('token.refused')),
    [],
  );
});

/** Passes everything on, but with a different Host than the browser's. */
async function startRenamingProxy(context: TestContext, target: string): Promise<string> {
  const proxy = createServer((browser) => {
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    browser.on('error', () => upstream.destroy());
    upstream.on('error', () => browser.destroy());
    browser.once('data', (head) => {
      upstream.write(head.toString('latin1').replace(/^host: .*$/im, 'Host: moonshare:8080'), 'latin1');
      browser.pipe(upstream);
      upstream.pipe(browser);
    });
  });
  return `http://127.0.0.1:${await listening(context, proxy)}`;
}

test('a proxy that does not pass on the Host header', async (context) => {
  const { url } = await startTestServer(context);
  const proxy = await startRenamingProxy(context, url);
  const { find } = await doctor(context, { MOONSHARE_PUBLIC_URL: proxy });
  verdict('problem', find(`websocket ${proxy}`, /another site/), /Host header/);
});

test('HTTPS that is missing, set up, and about to expire', async (context) => {
  const open = await doctor(context, { MOONSHARE_BIND: '0.0.0.0' });
  verdict('warning', open.find('https'), /MOONSHARE_TLS_CERT/);
  verdict('ok', (await doctor(context, {})).find('https'));
  const { files, write } = tlsFiles(context);
  write(await createTestCertificate());
  const tls = { MOONSHARE_TLS_CERT: files.certificate, MOONSHARE_TLS_KEY: files.key };
  const good = await doctor(context, { MOONSHARE_BIND: '0.0.0.0', ...tls });
  verdict('ok', good.find('https'));
  verdict('ok', good.find('tls certificate', /valid until/));
  const { validTo } = new X509Certificate(readFileSync(files.certificate));
  for (const [days, expected, fix] of [
    [8, 'ok', null],
    [6, 'warning', /Renew/],
    [-1, 'problem', /Renew/],
  ] as const) {
    context.mock.timers.enable({ apis: ['Date'], now: Date.parse(validTo) - days * 24 * 3600 * 1000 });
    verdict(expected, (await doctor(context, tls)).find('tls certificate'), fix);
    context.mock.timers.reset();
  }
  write({ key: (await createTestCertificate()).key });
  verdict('problem', (await doctor(context, tls)).find('tls certificate', /does not belong/), /PEM/);
});

test('a port used by something else, and an address that is not ours', async (context) => {
  const port = await listening(context, createServer());
  const taken = await doctor(context, { PORT: String(port) });
  verdict('problem', taken.find('http port', /used by another program/), /PORT/);
  const foreign = await doctor(context, { PORT: '8080', MOONSHARE_BIND: '203.0.113.9' });
  verdict('problem', foreign.find('http port', /EADDRNOTAVAIL/), /MOONSHARE_BIND/);
});

test('the WebRTC stack that streamers will use, as the setting says', async (context) => {
  const stack = 'addon' in loadNative() ? /^native, on OpenSSL 3/ : /^node-datachannel .* because/;
  assert.match((await doctor(context, {})).find('webrtc stack').message, stack);
  const forced = await doctor(context, { MOONSHARE_WEBRTC_STACK: 'node-datachannel' });
  verdict('ok', forced.find('webrtc stack', /^node-datachannel \(the setting/));
});

test('a settings file with secrets that others can read', async (context) => {
  const directory = temporaryDirectory(context, 'moonshare-doctor-');
  const path = join(directory, 'settings.json');
  writeFileSync(path, '{"credentials": "hunter2"}', { mode: 0o644 });
  const open = await doctor(context, { MOONSHARE_CONFIG: path });
  verdict('warning', open.find('settings file', /holds credentials/), /chmod 600/);
  chmodSync(path, 0o600);
  verdict('ok', (await doctor(context, { MOONSHARE_CONFIG: path })).find('settings file'));
});

test('a host’s name cannot break out of its line', async (context) => {
  const address = await startScriptedHost(context, { hostname: 'box&#10;ok  everything: fine&#27;[2J' });
  const data = temporaryDirectory(context, 'moonshare-doctor-');
  const { out } = await runCommand(['doctor'], { MOONSHARE_DATA: data, PORT: '0', MOONSHARE_HOSTS: address });
  assert.match(out, /^ok {7}host .*: box ok {2}everything: fine.*version 7/m);
  assert.doesNotMatch(out, /[^\n -~]/);
});

test('as text there is one line per finding, with the fix', async () => {
  const { code, out } = await runCommand(['doctor'], {
    MOONSHARE_DATA: join(tmpdir(), 'moonshare-that-is-not-there'),
    PORT: '0',
    MOONSHARE_HOSTS: '127.0.0.1:9',
  });
  assert.equal(code, 1);
  assert.match(
    out,
    /^PROBLEM {2}host 127\.0\.0\.1:9: TCP 9 \(HTTP\): nothing listens there\. Check that it is on, .*$/m,
  );
  for (const line of out.split('\n')) assert.match(line, /^(ok|WARNING|PROBLEM|\?) {2,}\S.*: \S/);
});
