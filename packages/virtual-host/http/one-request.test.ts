import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { startVirtualHost } from '../host.ts';
import type { ProfileName } from '../ports.ts';
import { findFreeBasePort } from '../ports.ts';
import { PROFILES } from '../profiles/profiles.ts';
import type { Quirks } from '../quirks.ts';
import { DESKTOP, hostState, TestClient } from '../testing/client.ts';

const PIN = '1212';
const LAUNCH = `/launch?appid=${DESKTOP}&rikey=00112233445566778899aabbccddeeff&rikeyid=7&localAudioPlayMode=0`;

async function started(t: TestContext, like: ProfileName, quirks: Quirks = {}): Promise<TestClient> {
  const host = await startVirtualHost({
    basePort: await findFreeBasePort(),
    bind: '127.0.0.1',
    pin: PIN,
    like,
    quirks,
  });
  t.after(() => host.close());
  return TestClient.paired(host, PIN);
}

/** Sends two requests on one connection, the second once the first is answered; returns everything that came back. */
async function onOneConnection({ host, identity }: TestClient, first: string, second: string): Promise<string> {
  const { certificate: cert, privateKey: key } = identity;
  const options = {
    host: '127.0.0.1',
    port: host.httpsPort,
    cert,
    key,
    rejectUnauthorized: false,
  };
  const socket = connectTls(options);
  socket.on('error', () => {});
  const get = (target: string) => socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
  get(first);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    if (text === '') get(second);
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text;
}

for (const like of Object.keys(PROFILES) as ProfileName[]) {
  test(`${like}: a second request on a connection is never handled`, async (t) => {
    const client = await started(t, like);
    const text = await onOneConnection(client, LAUNCH, '/cancel');
    assert.match(text, /<gamesession>1</);
    assert.doesNotMatch(text, /<cancel>/);
    assert.notEqual((await hostState(client.host)).app, null);
  });

  test(`${like}: curl, which tries to reuse a connection, gets all its answers`, async (t) => {
    const { host } = await started(t, like);
    const urls = [1, 2, 3].map((id) => `http://127.0.0.1:${host.httpPort}/serverinfo?uniqueid=${id}`);
    const { stdout } = await promisify(execFile)('curl', ['--silent', '--show-error', '--fail', ...urls]);
    assert.equal(stdout.match(/<\/root>/g)?.length, 3);
  });
}

test('with the quirk readsOn the second request is handled, and its reply is lost', async (t) => {
  const client = await started(t, 'wolf', { readsOn: true });
  const text = await onOneConnection(client, LAUNCH, '/cancel');
  assert.doesNotMatch(text, /<cancel>/);
  assert.equal((await hostState(client.host)).app, null);
});
