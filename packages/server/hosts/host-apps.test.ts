import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { EventLog } from '../events/event-log.ts';
import { CertificateStore } from '../store/certificate-store.ts';
import { openDatabase } from '../store/database.ts';
import { HostStore } from '../store/host-store.ts';
import { HostTraitsStore } from '../store/host-traits-store.ts';
import { LaunchedAppStore } from '../store/launched-app-store.ts';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import { FakeHosts } from '../testing/fake-hosts.ts';
import { until } from '../testing/processes.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import type { AppUse } from './app-use.ts';
import type { EndApps } from './host-apps.ts';
import { HostRegistry } from './registry.ts';

const forever = new AbortController().signal;
const APP = 1;

/** A host of one kind, and streamers on it as far as it can see them. */
function openHost(context: TestContext, kind: 'shared' | 'perClient', endApps: EndApps = 'own') {
  const database = openDatabase(temporaryDirectory(context, 'moonshare-host-apps-'));
  context.after(() => database.close());
  const api = new FakeHosts();
  const box = api.add('box');
  box.pin = '1234';
  if (kind === 'perClient') box.games = new Map();
  const serve = () =>
    new HostRegistry(
      {
        api,
        hosts: new HostStore(database),
        certificates: new CertificateStore(database),
        launchedApps: new LaunchedAppStore(database),
        traits: new HostTraitsStore(database),
        eventLog: new EventLog(),
        log: pino({ level: 'silent' }),
        sharedPin: '1234',
        appWaitMs: 0,
        relaunchPauseMs: 0,
        launchLimitMs: 60_000,
        endApps,
      },
      [{ address: 'box', httpPort: 47_989 }],
    ).get(0);
  const gameOf = (certificate: string) => box.games?.get(certificate) ?? (box.games === null ? box.currentGame : 0);
  let host = serve();
  const prepare = async (client: string): Promise<AppUse> => {
    const { lease } = await host.prepare({ clientUniqueId: client, appId: APP, signal: forever });
    return host.appUses.use(lease, APP, { stays: false });
  };
  const launch = (use: AppUse, answered = true): AppUse => {
    const { certificate } = use.lease.identity;
    const currentGame = gameOf(certificate);
    use.receive({ type: 'hostInfo', currentGame });
    use.receive({ type: 'launching', verb: currentGame === 0 ? 'launch' : 'resume' });
    if (!answered) return use;
    if (box.games === null) box.currentGame = APP;
    else box.games.set(certificate, APP);
    use.receive({ type: 'launchAnswered', refused: false });
    use.receive({
      type: 'hostState',
      host: { state: 'streaming', encryption: FAKE_ENCRYPTION, format: { width: 1, height: 1, touch: false } },
    });
    use.releaseTurn();
    return use;
  };
  return {
    box,
    running: () => (box.games === null ? Number(box.currentGame !== 0) : box.games.size),
    host: () => host,
    /** The server was killed, and another one starts. */
    again: () => {
      host = serve();
    },
    /** A streamer that comes up; `answered` false: it is told to end while its launch is in progress. */
    start: async (client: string, answered = true): Promise<AppUse> => {
      const use = await prepare(client);
      assert.ok(await use.toLaunch(forever));
      return launch(use, answered);
    },
    prepare,
    launch,
  };
}

test('where each client has its own app, a streamer ends its own at once, whoever else is there', async (context) => {
  const { start, running } = openHost(context, 'perClient');
  const [a, b] = [await start('a'), await start('b')];
  await a.end();
  assert.equal(running(), 1);
  await b.end();
  assert.equal(running(), 0);
});

for (const kind of ['shared', 'perClient'] as const) {
  test(`a streamer that ends just as the next one gets its turn leaves nothing on a ${kind} host`, async (context) => {
    const { prepare, launch, start, running } = openHost(context, kind);
    const [first, second] = [await start('a'), await prepare('b')];
    const turn = second.toLaunch(forever);
    const ended = first.end();
    assert.ok(await turn);
    launch(second);
    await ended;
    await second.end();
    await until(async () => running() === 0);
  });
}

test('a cancel reports that something remains if all our client certificates are in use', async (context) => {
  const { host, start, running } = openHost(context, 'perClient');
  const uses = [await start('a'), await start('b')];
  assert.equal(await host().cancel(), false);
  assert.equal(running(), 2);
  for (const use of uses) await use.end();
  assert.equal(await host().cancel(), true);
});

test('where all share one app, the last streamer ends it, whatever the order', async (context) => {
  const { start, running } = openHost(context, 'shared');
  const uses = [await start('a'), await start('b'), await start('c')];
  await uses[0]!.end();
  await uses[2]!.end();
  assert.equal(running(), 1);
  await uses[1]!.end();
  assert.equal(running(), 0);
});

test('an app that someone else had started is left running, unless all are to be ended', async (context) => {
  for (const [endApps, left] of [
    ['own', 1],
    ['never', 1],
    ['always', 0],
  ] as const) {
    const { box, start, running } = openHost(context, 'shared', endApps);
    box.currentGame = APP;
    await (await start('a')).end();
    assert.equal(running(), left, endApps);
  }
});

test('an app on an unreachable host is ended once it is back, and nobody else gets its client certificate until then', async (context) => {
  const { box, host, start, running } = openHost(context, 'perClient');
  const use = await start('a');
  box.failure = 'HOST_UNREACHABLE';
  const ended = use.end();
  await new Promise(setImmediate);
  assert.equal(host().pairing.client_certificates.free, 0);
  box.failure = null;
  await ended;
  assert.deepEqual([running(), host().pairing.client_certificates.free], [0, 1]);
});

test('an app whose launch was abandoned without an answer is ended even if it starts after that', async (context) => {
  const { box, start } = openHost(context, 'shared');
  const ended = (await start('a', false)).end();
  await until(async () => box.requests.includes('serverinfo'));
  box.currentGame = APP;
  await ended;
  assert.equal(box.currentGame, 0);
});

test('apps left by a killed server are ended by the next one, except desired ones', async (context) => {
  const { box, host, again, start } = openHost(context, 'perClient');
  const [wanted] = [await start('wanted'), await start('plain')];
  again();
  host().appUses.restore((_appId, client) => client === 'wanted');
  await until(async () => box.games?.size === 1);
  assert.deepEqual([...box.games!.keys()], [wanted.lease.identity.certificate]);
  const back = await start('wanted');
  assert.equal(back.lease.id, wanted.lease.id);
  await back.end();
  assert.equal(box.games?.size, 0);
});

/** The same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

for (const kind of ['shared', 'perClient'] as const) {
  test(`after 100 starts and ends in any order, up to 4 at a time, nothing is left on a ${kind} host`, async (context) => {
    const { host, start, running } = openHost(context, kind);
    const next = numbers(7);
    const uses: AppUse[] = [];
    for (let step = 0; step < 200; step++) {
      const comes = uses.length < 4 && (uses.length === 0 || next() < 0.5);
      if (comes) uses.push(await start(`client-${Math.floor(next() * 6)}`));
      else await uses.splice(Math.floor(next() * uses.length), 1)[0]!.end();
      const expected = kind === 'shared' ? Math.min(uses.length, 1) : uses.length;
      // Until two have streamed side by side, nobody knows that the first may be ended.
      if (uses.length === 0 || step > 20) assert.equal(running(), expected, `step ${step}`);
    }
    for (const use of uses) await use.end();
    const { paired, free } = host().pairing.client_certificates;
    assert.deepEqual([running(), free], [0, paired]);
    assert.ok(paired <= 4, `${paired} client certificates`);
  });
}
