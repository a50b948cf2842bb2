import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { GameStreamError } from '../errors.ts';
import { appListXml } from './apps.ts';
import { testSettings } from './fixtures/settings.ts';
import { httpReply, startTestHost, type TestHandler } from './fixtures/test-host.ts';
import { clientIdentity, hostIdentity } from './fixtures/vectors.ts';
import { hostHeader } from './host-address.ts';
import { HostClient } from './host-client.ts';
import { httpGet } from './http-get.ts';
import { createHostIdentity } from './identity.ts';
import { cancelReplyXml, launchReplyXml } from './launch.ts';
import { serverInfoXml } from './server-info.ts';
import { createSessionKeys } from './session-keys.ts';
import { errorXml, replyXml } from './xml.ts';

const rejects = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof GameStreamError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });

const info = (change: object = {}) =>
  serverInfoXml({
    hostname: 'box',
    uniqueId: 'A-B',
    httpsPort: 47984,
    httpPort: 47989,
    codecModeSupport: 257,
    mac: '00:00:00:00:00:00',
    localIp: '192.168.1.50',
    paired: false,
    currentGame: 0,
    ...change,
  });
const UNAUTHORIZED = errorXml(401, 'The client is not authorized. Certificate verification failed.', '/serverinfo');

async function setUp(context: TestContext, handler: TestHandler, options: Parameters<typeof startTestHost>[2] = {}) {
  const host = await startTestHost(context, handler, options);
  const stranger = new HostClient({ address: '127.0.0.1', httpPort: host.httpPort });
  return { host, client: pairedClient(host), stranger };
}

function pairedClient(ports: { httpPort: number; httpsPort?: number }): HostClient {
  const identity = { identity: clientIdentity, hostCertificate: hostIdentity.certificate };
  return new HostClient({ address: '127.0.0.1', ...ports, ...identity });
}

async function listen(context: TestContext, server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

const launchRequest = () => ({ appId: 1, settings: testSettings, keys: createSessionKeys(), gamepadMask: 1 });

test('an unpaired client uses HTTP, a paired one HTTPS with its certificate', async (context) => {
  const seen: string[] = [];
  const { client, stranger } = await setUp(context, ({ head, secure, certificate, parameters }) => {
    assert.match(
      head,
      /^GET \/serverinfo\?uniqueid=0123456789ABCDEF&uuid=[0-9a-f-]{36} HTTP\/1.1\r\nHost: 127.0.0.1:\d+\r\n/,
    );
    seen.push(parameters.get('uuid')!);
    assert.equal(certificate !== null, secure);
    return httpReply(info({ paired: secure, currentGame: secure ? 5 : 0 }));
  });
  assert.equal((await stranger.serverInfo()).paired, false);
  const paired = await client.serverInfo();
  assert.equal(paired.paired, true);
  assert.equal(paired.currentGame, 5);
  assert.equal(new Set(seen).size, 2);
});

test('an unknown HTTPS port is read over HTTP', async (context) => {
  let httpsPort = 0;
  const { host } = await setUp(context, ({ secure }) => httpReply(secure ? appListXml([]) : info({ httpsPort })));
  httpsPort = host.httpsPort;
  const client = pairedClient({ httpPort: host.httpPort });
  assert.deepEqual(await client.appList(), []);
  assert.deepEqual(await client.appList(), []);
  assert.deepEqual(host.connections, { http: 1, https: 2 });
});

test('app list, box art, launch, resume and cancel work', async (context) => {
  const png = Buffer.from('89504e470d0a1a0a0102', 'hex');
  const apps = [{ id: 7, title: 'Desktop', hdr: false }];
  const { client } = await setUp(context, ({ path, parameters }) => {
    if (path === '/applist') return httpReply(appListXml(apps));
    if (path === '/appasset') {
      assert.equal(parameters.get('appid'), '7');
      assert.equal(parameters.get('assettype'), '2');
      return httpReply(png);
    }
    if (path === '/launch') return httpReply(launchReplyXml('launch', 'rtspenc://10.1.1.1:48010'));
    if (path === '/resume') return httpReply(launchReplyXml('resume', 'rtspenc://10.1.1.1:48011'));
    return httpReply(cancelReplyXml());
  });
  assert.deepEqual(await client.appList(), apps);
  assert.deepEqual(await client.boxArt(7), { contentType: 'image/png', data: png });
  assert.deepEqual(await client.launch(launchRequest()), { sessionUrl: 'rtspenc://10.1.1.1:48010' });
  assert.deepEqual(await client.resume(launchRequest()), { sessionUrl: 'rtspenc://10.1.1.1:48011' });
  await client.cancel();
});

test('the Host header has no zone, which only means something here, and no characters beyond ASCII', async (context) => {
  const loopback = Object.entries(networkInterfaces()).find(([, all]) => all?.some(({ address }) => address === '::1'));
  assert.ok(loopback !== undefined, 'this machine has no IPv6: the test needs ::1');
  const heads: string[] = [];
  const host = await startTestHost(
    context,
    ({ head }) => {
      heads.push(/Host: (.*)\r/.exec(head)![1]!);
      return httpReply(info());
    },
    { bind: '::1' },
  );
  const { httpPort } = host;
  for (const address of ['::1', `::1%${loopback[0]}`]) await new HostClient({ address, httpPort }).serverInfo();
  assert.deepEqual(heads, [`[::1]:${httpPort}`, `[::1]:${httpPort}`]);
  assert.equal(hostHeader('bücher.example', 1), 'xn--bcher-kva.example:1');
  assert.equal(hostHeader('my_host.local', 1), 'my_host.local:1');
});

test('a 401 for an unknown certificate is read under HTTP 200 or 401, and server info falls back to HTTP', async (context) => {
  for (const status of ['200 OK', '401 Unauthorized']) {
    const { client } = await setUp(context, ({ secure }) =>
      secure ? httpReply(UNAUTHORIZED, status) : httpReply(info()),
    );
    await rejects(client.appList(), 'HOST_NOT_PAIRED');
    assert.equal((await client.serverInfo()).paired, false);
  }
});

test('a 401 sent before the request was read is understood', async (context) => {
  const { client } = await setUp(context, () => undefined, {
    onSecureConnection: (socket) => {
      socket.end(httpReply(UNAUTHORIZED));
      return true;
    },
  });
  await rejects(client.appList(), 'HOST_NOT_PAIRED');
});

test('a reset without an answer means "not paired" only if server info is reset too', async (context) => {
  const reset = (socket: net.Socket) => {
    socket.destroy();
    return undefined;
  };
  const stranger = await setUp(context, ({ socket, secure }) => (secure ? reset(socket) : httpReply(info())));
  await rejects(stranger.client.launch(launchRequest()), 'HOST_NOT_PAIRED');
  assert.equal((await stranger.client.serverInfo()).paired, false);

  const unauthorized = await setUp(context, ({ socket, path }) =>
    path === '/serverinfo' ? httpReply(UNAUTHORIZED) : reset(socket),
  );
  await rejects(unauthorized.client.launch(launchRequest()), 'HOST_NOT_PAIRED');

  const unlucky = await setUp(context, ({ socket, path }) =>
    path === '/serverinfo' ? httpReply(info({ paired: true })) : reset(socket),
  );
  await rejects(unlucky.client.launch(launchRequest()), 'HOST_UNREACHABLE');
});

test('a host with another certificate never sees the request', async (context) => {
  const identity = await createHostIdentity('Impostor');
  let requests = 0;
  const { client } = await setUp(
    context,
    ({ secure }) => {
      if (secure) requests++;
      return httpReply(info({ paired: true }));
    },
    { identity },
  );
  await rejects(client.launch(launchRequest()), 'HOST_CERTIFICATE_CHANGED');
  assert.equal((await client.serverInfo()).paired, false);
  assert.equal(requests, 0);
});

test('refusing the certificate in TLS means "not paired"', async (context) => {
  const { host } = await setUp(context, () => httpReply(info()));
  const strict = tls.createServer({
    cert: hostIdentity.certificate,
    key: hostIdentity.privateKey,
    requestCert: true,
    rejectUnauthorized: true,
    ca: [hostIdentity.certificate],
  });
  strict.on('tlsClientError', () => undefined);
  const client = pairedClient({ httpPort: host.httpPort, httpsPort: await listen(context, strict) });
  await rejects(client.appList(), 'HOST_NOT_PAIRED');
  assert.equal((await client.serverInfo()).paired, false);
});

test('calls that need a pairing do not touch the network without one', async (context) => {
  const { stranger, host } = await setUp(context, () => httpReply(info()));
  await rejects(stranger.appList(), 'HOST_NOT_PAIRED');
  await rejects(stranger.cancel(), 'HOST_NOT_PAIRED');
  assert.deepEqual(host.connections, { http: 0, https: 0 });
});

test('each request has its own connection, and HTTPS requests run one after another', async (context) => {
  let running = 0;
  let most = 0;
  let resumed = 0;
  const { client, host } = await setUp(
    context,
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return httpReply(appListXml([]));
    },
    {
      onSecureConnection: (socket) => {
        if (socket.isSessionReused()) resumed++;
        return false;
      },
    },
  );
  await Promise.all(Array.from({ length: 5 }, () => client.appList()));
  assert.equal(most, 1);
  assert.equal(resumed, 0);
  assert.equal(host.connections.https, 5);
});

test('the body ends at Content-Length whatever follows, in one piece or byte by byte', async (context) => {
  const reply = Buffer.concat([
    httpReply(appListXml([{ id: 1, title: 'A', hdr: false }])),
    httpReply(errorXml(500, 'second')),
  ]);
  const whole = await setUp(context, () => reply);
  assert.equal((await whole.client.appList()).length, 1);
  const slow = await setUp(context, async ({ socket }) => {
    for (const byte of reply) socket.write(Buffer.from([byte]));
    return '';
  });
  assert.equal((await slow.client.appList()).length, 1);
});

test('a host that keeps connections open does not delay the client', async (context) => {
  const open: net.Socket[] = [];
  const { client, stranger } = await setUp(context, ({ socket, secure }) => {
    open.push(socket);
    socket.write(httpReply(secure ? appListXml([]) : info()));
    return undefined;
  });
  await client.appList();
  await client.appList();
  await stranger.serverInfo();
  for (const socket of open) if (!socket.destroyed) await once(socket, 'close');
});

test('bodies without Content-Length end with the connection', async (context) => {
  const { stranger } = await setUp(context, () => `HTTP/1.1 200 OK\r\n\r\n${info()}`);
  assert.equal((await stranger.serverInfo()).hostname, 'box');
});

test('refusals have their error codes, whatever the HTTP status', async (context) => {
  const { client } = await setUp(context, ({ path }) => {
    if (path === '/launch') return httpReply(errorXml(400, 'An app is already running on this host'));
    if (path === '/resume') return httpReply('', '400 Bad Request');
    if (path === '/cancel') return httpReply(replyXml([['cancel', 0]]));
    return httpReply(errorXml(404), '404 Not Found');
  });
  await rejects(client.launch(launchRequest()), 'HOST_BUSY');
  await rejects(client.resume(launchRequest()), 'NO_SESSION');
  await rejects(client.cancel(), 'HOST_BUSY');
  await rejects(client.boxArt(1), 'APP_NOT_FOUND');
});

test('box art that is not a picture is refused', async (context) => {
  let body = '';
  const { client } = await setUp(context, () => httpReply(body));
  await rejects(client.boxArt(1), 'APP_NOT_FOUND');
  body = '<svg/>';
  await rejects(client.boxArt(1), 'HOST_BAD_REPLY');
  body = UNAUTHORIZED;
  await rejects(client.boxArt(1), 'HOST_NOT_PAIRED');
});

test('answers outside the protocol are bad replies', async (context) => {
  let reply: string | Buffer = '';
  const { stranger, client } = await setUp(context, () => reply);
  const bad = [
    'SSH-2.0-OpenSSH_9.2\r\n',
    httpReply('hello'),
    httpReply('<html/>'),
    httpReply(Buffer.alloc(2 * 1024 * 1024, 32)),
  ];
  for (reply of bad) {
    await rejects(stranger.serverInfo(), 'HOST_BAD_REPLY');
    await rejects(client.serverInfo(), 'HOST_BAD_REPLY');
  }
  reply = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<root';
  await rejects(stranger.serverInfo(), 'HOST_UNREACHABLE');
});

test('plain text on the HTTPS port is a bad reply', async (context) => {
  const plain = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const client = pairedClient({ httpPort: 1, httpsPort: await listen(context, plain) });
  await rejects(client.appList(), 'HOST_BAD_REPLY');
});

test('no answer is a timeout, no listener is unreachable, and an abort stops at once', async (context) => {
  const { stranger, client } = await setUp(context, () => undefined);
  await rejects(stranger.serverInfo({ timeoutMs: 50 }), 'HOST_TIMEOUT');
  const controller = new AbortController();
  const launch = client.launch(launchRequest(), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(launch, /enough/);
  await assert.rejects(client.launch(launchRequest(), { signal: controller.signal }), /enough/);

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  await rejects(new HostClient({ address: '127.0.0.1', httpPort: port }).serverInfo(), 'HOST_UNREACHABLE');
});

test("a query's timeout applies to each request it makes, including the one for the HTTPS port", async (context) => {
  const { host } = await setUp(context, () => undefined);
  const client = pairedClient({ httpPort: host.httpPort });
  for (const query of [client.appList({ timeoutMs: 500 }), client.boxArt(1, { timeoutMs: 500 })]) {
    await assert.rejects(query, { code: 'HOST_TIMEOUT', message: /in 500 ms/ });
  }
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(client.appList({ signal }), /enough/);
});

test('an invalid identity is the caller’s mistake', async (context) => {
  const { host } = await setUp(context, () => httpReply(info()));
  const identity = { identity: { certificate: 'x', privateKey: 'y' }, hostCertificate: hostIdentity.certificate };
  const get = {
    address: '127.0.0.1',
    port: host.httpsPort,
    target: '/',
    timeoutMs: 1000,
    maxBytes: 1000,
    tls: identity,
  };
  await rejects(httpGet(get), 'INVALID_ARGUMENT');
});
