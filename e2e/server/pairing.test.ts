import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { runCommand } from '../../packages/server/cli/testing/run-command.ts';
import { gameStreamApi } from '../../packages/server/hosts/gamestream-api.ts';
import { startRealHost } from '../../packages/server/testing/real-host.ts';
import { DESKTOP } from '../../packages/server/testing/real-server.ts';
import { CREDENTIALS, startTestServer, streamerRequest } from '../../packages/server/testing/test-server.ts';

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** A server with a host over real sockets on which a person enters the PIN; its streamers are fake. */
async function start(context: TestContext) {
  const host = await startRealHost(context, null);
  const address = `${host.address}:${host.httpPort}`;
  const server = await startTestServer(context, { MOONSHARE_HOSTS: address }, { api: gameStreamApi });
  const pair = async () => {
    const { pin, paired } = server.server.hosts.get(0).pair(new AbortController().signal);
    await host.typePin(pin);
    await paired;
  };
  const { port } = new URL(server.url);
  const settings = { MOONSHARE_CREDENTIALS: CREDENTIALS, PORT: port };
  return {
    ...server,
    host,
    pair,
    startStreamer: (id: string) => server.call('POST', '/api/streamers', streamerRequest(id, { app_id: DESKTOP })),
    /** What every view of the pairing reports: the apps, the list, the host itself, the doctor. */
    said: async () => {
      const apps = await server.call('GET', '/api/apps?host_id=0&force_refresh=true');
      const { hosts } = (await server.call('GET', '/api/hosts')).body;
      const { body } = await server.call('GET', '/api/host?host_id=0&force_refresh=true');
      const { out } = await runCommand(['doctor', '--json'], settings);
      const { findings } = JSON.parse(out) as { findings: { check: string; message: string }[] };
      const ofHost = findings.filter(({ check }) => check === `host ${address}`).map(({ message }) => message);
      return {
        apps: apps.body.code ?? apps.status,
        list: hosts[0].paired,
        host: body.host.paired,
        doctor: ofHost.find((message) => message.includes('paired')),
      };
    },
  };
}

test('a certificate that was unpaired on the host is skipped by every caller', async (context) => {
  const { call, host, pair, said, server, startStreamer, sentToWorkers } = await start(context);
  const endStreamers = async (...ids: string[]) => {
    for (const id of ids) assert.equal((await call('DELETE', `/api/streamers/${id}`)).status, 204);
  };
  const good = { apps: 200, list: 'Paired', host: 'Paired' };

  await context.test(
    'every view counts those that are left, and a streamer for which none is left does not start',
    async () => {
      for (let i = 0; i < 3; i++) await pair();
      await host.unpair(0);
      assert.deepEqual(await said(), { ...good, doctor: 'paired (2 of 2 client certificates free)' });
      assert.deepEqual([(await startStreamer('a')).status, (await startStreamer('b')).status], [200, 200]);
      const { body } = await startStreamer('c');
      assert.deepEqual([body.code, /None of its 2 client certificates/.test(body.hint)], ['HOST_NOT_PAIRED', true]);
      assert.deepEqual(await said(), { ...good, doctor: 'paired (0 of 2 client certificates free)' });
      await endStreamers('a', 'b');
    },
  );

  await context.test(
    'when all have been unpaired every view says so, and a new pairing removes the dead ones',
    async () => {
      await host.unpair('all');
      const unpaired = { apps: 'HOST_NOT_PAIRED', list: 'NotPaired', host: 'NotPaired', doctor: 'not paired' };
      assert.deepEqual(await said(), unpaired);
      assert.equal((await startStreamer('a')).body.code, 'HOST_NOT_PAIRED');
      await pair();
      assert.deepEqual(await said(), { ...good, doctor: 'paired (1 of 1 client certificates free)' });
      assert.equal((await startStreamer('a')).status, 200);
      assert.equal((await startStreamer('b')).body.code, 'HOST_NOT_PAIRED');
      await endStreamers('a');
    },
  );

  await context.test(
    'a second streamer does not get a certificate that was unpaired while the first was running',
    async () => {
      for (let i = 0; i < 2; i++) await pair();
      const before = sentToWorkers('init').length;
      assert.equal((await startStreamer('a')).status, 200);
      const { clients } = await host.state();
      const used = () =>
        sentToWorkers('init')
          .slice(before)
          .map(({ identity }) => fingerprintOf((identity as { certificate: string }).certificate));
      const [first] = used();
      const [next, last] = clients.filter((client: string) => client !== first);
      // One of them would be the next.
      await host.unpair(clients.indexOf(next));
      assert.equal((await startStreamer('b')).status, 200);
      assert.deepEqual(used(), [first, last]);
      await endStreamers('a', 'b');
    },
  );

  await context.test('a caller that leaves does not take the next caller’s PIN with it', async () => {
    const leaving = new AbortController();
    const first = server.hosts.get(0).pair(leaving.signal);
    while ((await host.state()).waitingForPin !== 1);
    leaving.abort();
    await assert.rejects(first.paired, { code: 'PAIRING_CANCELLED' });
    // The host would use the PIN for the pairing that has waited longest.
    while ((await host.state()).waitingForPin !== 0);
    const second = server.hosts.get(0).pair(new AbortController().signal);
    while ((await host.state()).waitingForPin !== 1);
    await host.typePin(second.pin);
    assert.equal((await second.paired).paired, 'Paired');
  });

  await context.test('a host that dies during the start makes it fail with the right error code', async () => {
    await host.close();
    const { status, body } = await startStreamer('a');
    assert.deepEqual([status, body.code], [502, 'HOST_UNREACHABLE']);
  });
});
