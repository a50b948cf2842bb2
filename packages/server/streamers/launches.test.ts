import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../testing/processes.ts';
import { startTestServer, streamerRequest } from '../testing/test-server.ts';

const HANGS = 4;

/** Two hosts that are paired at once; a streamer whose app hangs keeps its turn to launch. */
async function twoHosts(context: TestContext) {
  const server = await startTestServer(context, {
    MOONSHARE_HOSTS: 'box,den',
    MOONLIGHT_INTERNAL_PAIRING_PIN: '1234',
  });
  const boxes = ['box', 'den'].map((address) => server.hosts.add(address));
  for (const box of boxes) box.pin = '1234';
  const granted = () => server.sentToWorkers('launchGranted').length;
  /** Starts a streamer and waits until it asks for its turn to launch. */
  const start = async (id: string, host_id: number) => {
    const request = streamerRequest(id, { host_id, app_id: HANGS });
    await server.call('POST', '/api/streamers?wait=false', request);
    await until(async () => (await server.call('GET', `/api/streamers/${id}`)).body.stage === 'Starting the app');
    // By now its next messages have arrived too.
    await server.call('GET', `/api/streamers/${id}`);
  };
  return { ...server, boxes, granted, start };
}

test('of two streamers on one host, the second launches once the first has launched or is gone', async (context) => {
  const { call, granted, start } = await twoHosts(context);
  await start('first', 0);
  await until(() => granted() === 1);
  await start('second', 0);
  assert.equal(granted(), 1);
  await call('DELETE', '/api/streamers/first');
  await until(() => granted() === 2);
});

test('a launch on one host delays no launch on another', async (context) => {
  const { granted, start } = await twoHosts(context);
  await start('first', 0);
  await start('second', 1);
  await until(() => granted() === 2);
});

test('a stopped streamer leaves its app on the host if asked to', async (context) => {
  const { call, server, boxes } = await twoHosts(context);
  for (const [id, host_id] of [
    ['stays', 0],
    ['goes', 1],
  ] as const) {
    await call('POST', '/api/streamers', streamerRequest(id, { host_id }));
    boxes[host_id]!.currentGame = 1;
  }
  await server.streamers.get('stays').stop(undefined, { app: 'leave' });
  await server.streamers.get('goes').stop(undefined, { app: 'end' });
  assert.deepEqual(
    boxes.map(({ currentGame }) => currentGame),
    [1, 0],
  );
});
