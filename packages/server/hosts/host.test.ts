import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { ClientRefusedError } from '@moonshare/gamestream';
import { pino } from 'pino';
import { EventLog } from '../events/event-log.ts';
import { CertificateStore } from '../store/certificate-store.ts';
import { openDatabase } from '../store/database.ts';
import { HostStore } from '../store/host-store.ts';
import { HostTraitsStore } from '../store/host-traits-store.ts';
import { LaunchedAppStore } from '../store/launched-app-store.ts';
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
    eventLog: new EventLog(),
    launchedApps: new LaunchedAppStore(database),
    traits: new HostTraitsStore(database),
    log: pino({ level: 'silent' }),
    launchLimitMs: 60_000,
    endApps: 'own' as const,
    sharedPin: options.pin,
    appWaitMs: options.appWaitMs ?? 0,
    relaunchPauseMs: 0,
    ...(options.answerLimitMs === undefined ? {} : { answerLimitMs: options.answerLimitMs }),
  };
  const host = await new HostRegistry(services, []).add({ address: 'box', httpPort: 47_989 });
  return { host, box, prepare: (clientUniqueId) => host.prepare({ clientUniqueId, appId: 1, signal: forever }) };
}

async function certificates(host: Host): Promise<unknown> {
  await host.detailed({ refresh: true });
  return host.pairing.client_certificates;
}

/** One more pairing with a person. */
async function pairBox(host: Host, box: FakeHost): Promise<void> {
  const { pin, paired } = host.pair(forever);
  box.typePin(pin);
  await paired;
  box.pin = null;
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

test('protocol/4 §7.14: a thousand clients one after another are one entry on the host', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  for (let i = 0; i < 1000; i++) (await prepare(`agent-${i}`)).lease.release();
  assert.equal(box.clients.length, 1);
});

test('clients leave no more entries on the host than there were at once, in whatever order they come and go', async (context) => {
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

test('concurrent clients have separate certificates, paired one after another', async (context) => {
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

test('without a shared PIN, a certificate that the host refuses is skipped', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  const refused = box.clients.shift();
  const { lease } = await prepare('a');
  assert.equal(lease.identity.certificate, box.clients[0]);
  lease.release();
  await assert.rejects(
    prepare('a').then(() => prepare('b')),
    hasCode('HOST_NOT_PAIRED'),
  );
  box.clients.push(refused!);
  await assert.rejects(prepare('b'), hasCode('HOST_NOT_PAIRED'), 'a dead certificate is never chosen again');
});

test('a host that accepts nobody while it starts does not cost a certificate', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  box.starting = true;
  for (let i = 0; i < 3; i++) {
    assert.equal((await host.detailed({ refresh: true })).paired, 'NotPaired');
    await assert.rejects(host.apps({ refresh: true }), hasCode('HOST_NOT_PAIRED'));
    await assert.rejects(prepare('a'), hasCode('HOST_NOT_PAIRED'));
  }
  box.starting = false;
  assert.deepEqual(await certificates(host), { paired: 2, free: 2 });
  const used = [await prepare('a'), await prepare('b')].map(({ lease }) => lease.identity.certificate);
  assert.deepEqual(used.sort(), [...box.clients].sort());
});

test('a host that becomes ready just between two requests does not cost a certificate', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  box.starting = true;
  // The first request is refused, the second is not.
  box.onRequest = () => {
    box.starting = false;
    box.onRequest = null;
    throw new ClientRefusedError('starting');
  };
  await host.apps({ refresh: true });
  assert.deepEqual(await certificates(host), { paired: 2, free: 2 });
  assert.equal((await prepare('a')).app.title, 'Desktop');
});

test('no answer, or an answer from someone else, does not cost a certificate', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  const own = box.certificate;
  for (const disturb of [
    () => {
      box.failure = 'HOST_UNREACHABLE';
    },
    () => {
      box.failure = 'HOST_TIMEOUT';
    },
    () => {
      box.failure = 'HOST_BAD_REPLY';
    },
    () => {
      box.failure = 'HOST_NOT_PAIRED';
    },
    () => {
      box.certificate = 'of somebody else';
    },
  ]) {
    disturb();
    await host.detailed({ refresh: true });
    await assert.rejects(host.apps({ refresh: true }));
    await assert.rejects(prepare('a'));
    box.failure = null;
    box.certificate = own;
  }
  assert.deepEqual(await certificates(host), { paired: 2, free: 2 });
});

test('an impostor at the host’s address counts as not paired for every caller, and the host as paired once it is back', async (context) => {
  const { host, box } = await openHost(context);
  await pairBox(host, box);
  const own = box.certificate;
  box.certificate = 'of somebody else';
  await assert.rejects(host.apps({ refresh: true }), hasCode('HOST_CERTIFICATE_CHANGED'));
  assert.deepEqual([(await host.undetailed()).paired, (await host.detailed()).paired], ['NotPaired', 'NotPaired']);
  box.certificate = own;
  await host.apps({ refresh: true });
  assert.deepEqual([(await host.undetailed()).paired, (await host.detailed()).paired], ['Paired', 'Paired']);
});

test('a certificate that dies while in use stays with its streamer, and its ID is not reused meanwhile', async (context) => {
  const { host, box, prepare } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  const running = await prepare('a');
  box.clients.shift();
  assert.notEqual(running.lease.identity.certificate, box.clients[0]);
  await host.apps({ refresh: true });
  assert.deepEqual(await certificates(host), { paired: 1, free: 1 });
  await pairBox(host, box);
  const [b, c] = [await prepare('b'), await prepare('c')];
  running.lease.release();
  running.lease.release();
  await assert.rejects(prepare('d'), hasCode('HOST_NOT_PAIRED'));
  assert.notEqual(b.lease.id, c.lease.id);
});

test('asking for apps pairs a host again that lost its list of clients and enters the PIN by itself', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  (await prepare('a')).lease.release();
  const before = box.clients.splice(0);
  assert.equal((await host.apps({ refresh: true })).length, box.apps.length);
  assert.deepEqual(box.clients, before);
});

test('an app with a dead certificate is ended with another one', async (context) => {
  const { host, box } = await openHost(context);
  for (let i = 0; i < 2; i++) await pairBox(host, box);
  box.clients.shift();
  box.currentGame = 1;
  assert.equal(await host.cancel(), true);
  assert.equal(box.currentGame, 0);
});

test('a waiting streamer gets the certificate of a pairing that finishes meanwhile', async (context) => {
  const { host, box, prepare } = await openHost(context);
  await pairBox(host, box);
  await prepare('a');
  const { pin, paired } = host.pair(forever);
  const waiting = prepare('b');
  while (!box.requests.includes('pair')) await new Promise(setImmediate);
  box.typePin(pin);
  await paired;
  assert.equal((await waiting).lease.identity.certificate, box.clients[1]);
});

test('a streamer waiting for a pairing that fails gets the error', async (context) => {
  const { host, box, prepare } = await openHost(context);
  const { pin, paired } = host.pair(forever);
  const waiting = prepare('a');
  box.typePin(pin === '0000' ? '1111' : '0000');
  await assert.rejects(paired, hasCode('PAIRING_WRONG_PIN'));
  await assert.rejects(waiting, (error) => {
    assert.ok(error instanceof MoonshareError);
    assert.deepEqual([error.code, /Wrong PIN/.test(error.hint)], ['HOST_NOT_PAIRED', true]);
    return true;
  });
});

test('a PIN entered after a caller has given up still serves the next caller', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  const impatient = new AbortController();
  const first = host.prepare({ clientUniqueId: 'a', appId: 1, signal: impatient.signal });
  while (!box.requests.includes('pair')) await new Promise(setImmediate);
  impatient.abort();
  await assert.rejects(first, hasCode('HOST_NOT_PAIRED'));
  const second = prepare('a');
  box.typePin('1234');
  assert.equal((await second).app.title, 'Desktop');
  assert.equal(box.clients.length, 1);
  assert.equal(box.requests.filter((what) => what === 'pair').length, 1);
});

test('with the shared PIN, a pairing by hand waits for one that is needed, and replaces one that is not', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  const waiting = prepare('a');
  while (!box.requests.includes('pair')) await new Promise(setImmediate);
  const second = host.pair(forever);
  box.typePin('1234');
  await Promise.all([waiting, second.paired]);
  assert.equal(box.clients.length, 2);
  await prepare('b');
  box.pin = null;
  const impatient = new AbortController();
  const left = host.prepare({ clientUniqueId: 'c', appId: 1, signal: impatient.signal });
  while (host.pairing.state !== 'waiting') await new Promise(setImmediate);
  impatient.abort();
  await assert.rejects(left, hasCode('HOST_NOT_PAIRED'));
  const third = host.pair(forever);
  assert.throws(() => host.pair(forever), hasCode('PAIRING_IN_PROGRESS'));
  box.typePin('1234');
  await third.paired;
  assert.equal(box.clients.length, 3);
});

test('a PIN not entered in time has its own error code', async (context) => {
  const { host } = await openHost(context);
  await assert.rejects(host.pair(AbortSignal.timeout(1)).paired, hasCode('PAIRING_TIMED_OUT'));
  assert.equal(host.pairing.error?.code, 'PAIRING_TIMED_OUT');
});

test('a host that claims to have paired us but then refuses us is not asked for ever', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  box.starting = true;
  await assert.rejects(prepare('a'), hasCode('HOST_NOT_PAIRED'));
  assert.equal(box.clients.length, 1);
});

test('a host that enters a different PIN is not paired, and the hint says why', async (context) => {
  const { box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '9999';
  await assert.rejects(prepare('a'), (error) => {
    assert.ok(error instanceof MoonshareError);
    assert.equal(error.message, 'Host not paired');
    assert.match(error.hint, /MOONLIGHT_INTERNAL_PAIRING_PIN/);
    return true;
  });
});

test('a replaced host is never trusted automatically, not even with the shared PIN', async (context) => {
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

test('a caller that stops waiting returns its certificate', async (context) => {
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

test('where each client has its own app, POST /api/host/cancel ends the app of each certificate', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  const leases = [(await prepare('a')).lease, (await prepare('b')).lease, (await prepare('c')).lease];
  const certificates = leases.map(({ identity }) => identity.certificate);
  box.games = new Map(certificates.slice(1).map((certificate) => [certificate, 1]));
  assert.equal(await host.cancel(), true);
  assert.deepEqual([...box.games], []);
});

test('where all clients share one app, it is cancelled once', async (context) => {
  const { host, box, prepare } = await openHost(context, { pin: '1234' });
  box.pin = '1234';
  for (const lease of [(await prepare('a')).lease, (await prepare('b')).lease]) lease.release();
  box.currentGame = 1;
  assert.equal(await host.cancel(), true);
  assert.equal(box.requests.filter((what) => what === 'cancel').length, 1);
});

test('a host that does not answer holds nobody up: all callers get an error in time, and later ones are served', async (context) => {
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

test('where each client has its own app, one that was left makes the host busy only for that client', async (context) => {
  const { host, box } = await openHost(context);
  for (let client = 0; client < 2; client++) await pairBox(host, box);
  box.games = new Map();
  const lease = (await host.prepare({ clientUniqueId: 'one', appId: 1, signal: forever })).lease;
  const use = host.appUses.use(lease, 1, { stays: true });
  await use.toLaunch(forever);
  use.receive({ type: 'launching', verb: 'launch' });
  box.games.set(lease.identity.certificate, 1);
  use.receive({ type: 'launchAnswered', refused: false });
  use.leave();
  assert.equal((await host.detailed({ refresh: true })).current_game, 1);
  assert.equal((await host.undetailed()).server_state, 'Busy');
  assert.equal(await host.isBusyFor({ clientUniqueId: 'two', appId: 5 }), false);
  assert.equal(await host.isBusyFor({ clientUniqueId: 'one', appId: 1 }), false);
  const [free] = box.clients.filter((certificate) => certificate !== lease.identity.certificate);
  box.games.set(free!, 3);
  assert.equal(await host.isBusyFor({ clientUniqueId: 'two', appId: 5 }), true);
  box.online = false;
  assert.equal(await host.isBusyFor({ clientUniqueId: 'two', appId: 5 }), false);
});

test('a host that does not answer about one abandoned app is not asked about the others', async (context) => {
  const asked: number[] = [];
  for (const left of [1, 3]) {
    const { host, box } = await openHost(context);
    for (let client = 0; client < left; client++) await pairBox(host, box);
    box.games = new Map();
    for (let client = 0; client < left; client++) {
      const { lease } = await host.prepare({ clientUniqueId: `${client}`, appId: 1, signal: forever });
      const use = host.appUses.use(lease, 1, { stays: true });
      await use.toLaunch(forever);
      use.receive({ type: 'launching', verb: 'launch' });
      box.games.set(lease.identity.certificate, 1);
      use.receive({ type: 'launchAnswered', refused: false });
      use.leave();
    }
    let questions = 0;
    Object.defineProperty(box, 'failure', {
      get: () => {
        questions += 1;
        return 'HOST_TIMEOUT';
      },
    });
    const start = host.prepare({ clientUniqueId: 'another', appId: 1, signal: forever });
    await assert.rejects(start, hasCode('HOST_TIMEOUT'));
    asked.push(questions);
  }
  assert.equal(asked[0], asked[1]);
});

test('what a user has left is not given to another user, even if no client certificate is free', async (context) => {
  const { host, box } = await openHost(context);
  await pairBox(host, box);
  box.games = new Map();
  const prepare = (clientUniqueId: string) => host.prepare({ clientUniqueId, appId: 1, signal: forever });
  const { lease } = await prepare('user:1:desk');
  const use = host.appUses.use(lease, 1, { stays: true });
  await use.toLaunch(forever);
  use.receive({ type: 'launching', verb: 'launch' });
  box.games.set(lease.identity.certificate, 1);
  use.receive({ type: 'launchAnswered', refused: false });
  use.leave();
  for (const client of ['user:2:desk', 'desk']) await assert.rejects(prepare(client), hasCode('HOST_NOT_PAIRED'));
  assert.equal((await prepare('user:1:phone')).lease.id, lease.id);
});
