import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { ClientRefusedError } from '../errors.ts';
import { httpReply, startTestHost, type TestHandler } from './fixtures/test-host.ts';
import { clientIdentity, hostIdentity } from './fixtures/vectors.ts';
import { HostClient } from './host-client.ts';
import { createHostIdentity } from './identity.ts';
import { serverInfoXml } from './server-info.ts';
import { errorXml } from './xml.ts';

const UNAUTHORIZED = httpReply(errorXml(401, 'The client is not authorized.', '/serverinfo'));

function info(paired: boolean): Buffer {
  const ports = { httpsPort: 47984, httpPort: 47989 };
  const about = { hostname: 'box', uniqueId: 'A-B', codecModeSupport: 257, mac: '', localIp: '192.168.1.50' };
  return httpReply(serverInfoXml({ ...about, ...ports, paired, currentGame: 0 }));
}

type Ports = { httpPort: number; httpsPort: number };

async function startHost(context: TestContext, handler: TestHandler): Promise<Ports> {
  return startTestHost(context, handler);
}

/** The error that a client with a pinned certificate gets for its server info request. */
async function error(ports: Ports): Promise<{ code?: string }> {
  const pairing = { identity: clientIdentity, hostCertificate: hostIdentity.certificate };
  const client = new HostClient({ address: '127.0.0.1', ...ports, ...pairing });
  return client.pairedServerInfo().then(
    () => assert.fail('The host took the client'),
    (thrown) => thrown,
  );
}

/** Refuses the client's certificate in TLS with an alert, which Node's own server never sends. */
async function startStrictHost(context: TestContext, version: 'tls1_2' | 'tls1_3'): Promise<Ports> {
  const { httpPort } = await startHost(context, () => info(false));
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-tls-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'host.pem');
  writeFileSync(file, hostIdentity.certificate + hostIdentity.privateKey);
  const files = ['-cert', file, '-key', file, '-CAfile', file];
  const server = spawn(
    'openssl',
    ['s_server', '-accept', '0', `-${version}`, '-Verify', '1', '-verify_return_error', ...files],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  context.after(() => server.kill());
  for await (const line of createInterface(server.stdout)) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { httpPort, httpsPort: Number(port) };
  }
  return assert.fail('openssl did not start');
}

test('a 401, PairStatus 0 over HTTPS and an alert after the handshake count as refusals by the host itself', async (context) => {
  for (const ports of [
    await startHost(context, () => UNAUTHORIZED),
    await startHost(context, () => info(false)),
    await startStrictHost(context, 'tls1_3'),
  ]) {
    const thrown = await error(ports);
    assert.ok(thrown instanceof ClientRefusedError, String(thrown));
    assert.equal(thrown.code, 'HOST_NOT_PAIRED');
  }
});

test('closed connections and an alert within the handshake do not prove a refusal by the host', async (context) => {
  const closing: TestHandler = ({ socket }) => {
    socket.destroy();
    return undefined;
  };
  for (const ports of [await startHost(context, closing), await startStrictHost(context, 'tls1_2')]) {
    const thrown = await error(ports);
    assert.ok(!(thrown instanceof ClientRefusedError), String(thrown));
    assert.equal(thrown.code, 'HOST_NOT_PAIRED');
  }
});

test('an impostor in place of the host cannot refuse a client, whatever it answers', async (context) => {
  const identity = await createHostIdentity('Impostor');
  const ports = await startTestHost(context, () => UNAUTHORIZED, { identity });
  const thrown = await error(ports);
  assert.ok(!(thrown instanceof ClientRefusedError));
  assert.equal(thrown.code, 'HOST_CERTIFICATE_CHANGED');
});

test('a 401 over plain HTTP, where anybody can answer, does not count as a refusal', async (context) => {
  const { httpPort } = await startHost(context, () => UNAUTHORIZED);
  const pairing = { identity: clientIdentity, hostCertificate: hostIdentity.certificate };
  const client = new HostClient({ address: '127.0.0.1', httpPort, ...pairing });
  await assert.rejects(client.appList(), (thrown) => !(thrown instanceof ClientRefusedError));
});
