import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { CertificateStore, HostStore, openDatabase } from '../store/index.ts';
import { type FakeHost, FakeHosts } from '../testing/fake-hosts.ts';
import type { Host } from './host.ts';
import { HostRegistry } from './registry.ts';
import { broadcastAddress } from './wake.ts';

const forever = new AbortController().signal;

async function openHost(
  context: TestContext,
  options: { pin?: string; appWaitMs?: number; answerLimitMs?: number } = {},
): Promise<{ host: Host; box: FakeHost; prepare(clientUniqueId: string): ReturnType<Host['prepare']> }> {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-hosts-'));
  const database = openDatabase(directory);
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  const api = new FakeHosts();
  const box = api.add('box');
  const hosts = new HostStore(database);
  const certificates = new CertificateStore(database);
  const services = {
    api,
    hosts,
    certificates,
    sharedPin: options.pin,
    appWaitMs: options.appWaitMs ?? 0,
    relaunchPauseMs: 0,
    ...(options.answerLimitMs === undefined ? {} : { answerLimitMs: options.answerLimitMs }),
  };
  const host = await new HostRegistry(services, []).add({ address: 'box', httpPort: 47_989 });
  return { host, box, prepare: (clientUniqueId) => host.prepare({ clientUniqueId, appId: 1, signal: forever }) };
}

function hasCode(code: string) {
  return (error: unknown) => MoonshareError.from(error).code === code;
}

test('a client gets the certificate it used last', async (context) => {
  const { prepare } = await openHost(context, { pin: '1234' }).then((opened) => {
    opened.box.pin = '1234';
    return opened;
  });
  const [a, b] = [await prepare('a'), await prepare('b')];
  a.lease.release();
  b.lease.release();
  assert.equal((await prepare('b')).lease.id, b.lease.id);
  assert.equal((await prepare('a')).lease.id, a.lease.id);
});

test('protocol/4 §7.14: a thousand clients one after another are one entry at the host', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  for (let i = 0; i < 1000; i++) (await prepare(`agent-${i}`)).lease.release();
  assert.equal(box.clients.length, 1);
});

test('clients leave no more entries at the host than there were at once, in whatever order they come and go', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  const running: Awaited<ReturnType<typeof prepare>>[] = [];
  let most = 0;
  for (let i = 0; i < 400; i++) {
    const comes = running.length < 3 && (running.length === 0 || (i * 7919) % 5 < 3);
    if (comes) running.push(await prepare(`agent-${i}`));
    else running.splice((i * 31) % running.length, 1)[0]!.lease.release();
    most = Math.max(most, running.length);
    assert.equal(new Set(running.map(({ lease }) => lease.id)).size, running.length);
    assert.ok(box.clients.length <= most);
  }
  assert.deepEqual([most, box.clients.length], [3, 3]);
});

test('clients at the same time have certificates of their own, paired one after the other', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  const prepared = await Promise.all(['a', 'b', 'c'].map(prepare));
  assert.equal(new Set(prepared.map(({ lease }) => lease.identity.certificate)).size, 3);
  assert.equal(box.clients.length, 3);
});

test('a host that lost its list of clients is paired again with the same certificate', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  const before = await prepare('a');
  before.lease.release();
  box.clients.length = 0;
  const after = await prepare('a');
  assert.equal(after.lease.id, before.lease.id);
  assert.deepEqual(box.clients, [before.lease.identity.certificate]);
});

test('without a shared PIN, a certificate that the host refuses is passed over', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) {
    const { pin, paired } = host.pair(forever);
    box.typePin(pin);
    await paired;
    box.pin = null;
  }
  const refused = box.clients.shift();
  const { lease } = await prepare('a');
  assert.equal(lease.identity.certificate, box.clients[0]);
  lease.release();
  box.clients.length = 0;
  await assert.rejects(prepare('a'), hasCode('HOST_NOT_PAIRED'));
  box.clients.push(refused!);
  assert.equal((await prepare('a')).lease.identity.certificate, refused);
});

test('a host that types another PIN is not paired, and the hint says why', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '9999';
  await assert.rejects(prepare('a'), (error) => {
    assert.ok(error instanceof MoonshareError);
    assert.equal(error.message, 'Host not paired');
    assert.match(error.hint, /MOONLIGHT_INTERNAL_PAIRING_PIN/);
    return true;
  });
});

test('a host that was replaced is never trusted by itself, not even with the shared PIN', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  (await prepare('a')).lease.release();
  box.certificate = 'of somebody else';
  await assert.rejects(prepare('a'), hasCode('HOST_CERTIFICATE_CHANGED'));
  box.clients.length = 0;
  await assert.rejects(prepare('a'), hasCode('HOST_CERTIFICATE_CHANGED'));
});

test('an app that the host does not list yet is waited for', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234', appWaitMs: 60_000 });
  box.pin = '1234';
  const apps = box.apps.splice(0);
  const prepared = prepare('a');
  while (!box.requests.includes('applist')) await new Promise(setImmediate);
  box.apps = apps;
  assert.equal((await prepared).app.title, 'Desktop');
});

test('who stops waiting gives its certificate back', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234', appWaitMs: 60_000 });
  box.pin = '1234';
  const impatient = new AbortController();
  const prepared = host.prepare({ clientUniqueId: 'a', appId: 77, signal: impatient.signal });
  while (!box.requests.includes('applist')) await new Promise(setImmediate);
  impatient.abort();
  await assert.rejects(prepared);
  await prepare('b');
  assert.equal(box.clients.length, 1);
});

test('the broadcast address of a network', () => {
  assert.equal(broadcastAddress({ address: '192.168.1.50', netmask: '255.255.255.0' }), '192.168.1.255');
  assert.equal(broadcastAddress({ address: '10.1.2.3', netmask: '255.240.0.0' }), '10.15.255.255');
});

test('an app is ended by the client whose it is, and no further one is asked', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  const leases = [(await prepare('a')).lease, (await prepare('b')).lease, (await prepare('c')).lease];
  box.currentGame = 1;
  box.owner = leases[1]!.identity.certificate;
  box.requests.length = 0;
  assert.equal(await host.cancel(), true);
  assert.equal(box.currentGame, 0);
  assert.ok(box.requests.filter((what) => what === 'cancel').length <= 3);
  box.owner = null;
  box.currentGame = 1;
  box.requests.length = 0;
  await host.cancel();
  assert.deepEqual(box.requests, ['cancel', 'serverinfo']);
});

test('a host that answers nothing holds nobody up: all who ask are told within their time, and the next is served', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234', answerLimitMs: 300 });
  box.pin = '1234';
  (await prepare('a')).lease.release();
  box.hangs = true;
  const asking = [host.apps({ refresh: true }), ...[1, 2, 3, 4].map((appId) => host.boxArt(appId))];
  const answers = await Promise.allSettled(asking);
  for (const answer of answers) assert.ok(answer.status === 'rejected' && hasCode('HOST_TIMEOUT')(answer.reason));
  assert.equal((await host.detailed({ refresh: true })).server_state, null);
  box.hangs = false;
  assert.equal((await host.apps({ refresh: true })).length, box.apps.length);
});
