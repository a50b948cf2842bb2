import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract';
import { createClientIdentity } from '@moonshare/gamestream';
import { findFreeBasePort } from '@moonshare/virtual-host';
import { PairedHost, until } from './paired-host.ts';
import { assertDecodable, connect, key, stopAllStreamers, streamerInit, TestStreamer } from './test-streamer.ts';

const add: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 0xffff, capabilities: 0x07 };

after(stopAllStreamers);

describe('a streamer', () => {
  let host: PairedHost;

  before(async () => {
    host = await PairedHost.start();
  });

  after(() => host.close());

  test('stop with cancel leaves no session and no app, and closes the viewers', async () => {
    const streamer = await TestStreamer.up(host);
    streamer.join('one').input(key(true));
    await streamer.stop(true);
    const state = await host.state();
    assert.deepEqual([state.sessions, state.app, state.heldKeys], [[], null, []]);
    assert.ok(streamer.sent.some((message) => message.type === 'peerClosed' && message.peerId === 'one'));
    assert.deepEqual(streamer.hostStates.at(-1), { state: 'ended', error: null });
  });

  test('stop without cancel leaves the app, and the next streamer resumes it', async () => {
    const first = await TestStreamer.up(host);
    await first.stop(false);
    assert.equal((await host.client.serverInfo()).currentGame, host.app.id);
    const second = await TestStreamer.up(host);
    assert.ok(second.hostStates.some((state) => 'stage' in state && state.stage === 'resumingApp'));
    await second.stop(true);
  });

  test('server and viewers are told the reason when the app ends', async () => {
    const streamer = await TestStreamer.up(host);
    const viewer = streamer.join('one');
    const ended = streamer.host('ended');
    await host.endApp();
    assert.equal((await ended).error?.code, 'TERMINATED');
    assert.deepEqual(viewer.general, ['ConnectionTerminated']);
    await streamer.stop(true);
  });

  for (const [code, changes] of [
    ['HOST_UNREACHABLE', async () => ({ host: { ...streamerInit(host).host, httpPort: await findFreeBasePort() } })],
    ['HOST_NOT_PAIRED', async () => ({ identity: await createClientIdentity() })],
    ['APP_NOT_FOUND', async () => ({ app: { app_id: 12345, title: 'Nothing', is_hdr_supported: false } })],
    ['HOST_UNSUPPORTED', async () => ({ settings: { ...streamerInit(host).settings, video_supported_formats: 0x4 } })],
  ] as const) {
    test(`a start that fails with ${code} reports it, and leaves nothing on the host`, async () => {
      const streamer = new TestStreamer(streamerInit(host, await changes()));
      const ended = streamer.host('ended');
      streamer.start();
      assert.equal((await ended).error?.code, code);
      await streamer.stop(true);
      assert.deepEqual((await host.state()).sessions, []);
    });
  }

  for (const percent of [5, 30]) {
    test(`with ${percent} % of the datagrams lost, viewers get no broken frame, and recover`, async () => {
      const streamer = await TestStreamer.up(host);
      const viewer = streamer.join('one');
      await connect(viewer);
      await host.drop(percent);
      for (let frame = 0; frame < 60; frame += 1) await viewer.next();
      await host.drop(0);
      await viewer.next();
      const { key_frames } = streamer.relay.stats().host.video;
      for (let frame = 0; frame < 30; frame += 1) await viewer.next();
      assertDecodable(viewer);
      assert.ok(streamer.relay.stats().host.video.key_frames - key_frames <= 1);
      await streamer.stop(true);
    });
  }

  test('leaving and rejoining from the same address or link does not refill the key frame budget', async (t) => {
    const streamer = await TestStreamer.up(host);
    streamer.receive({ type: 'addPeer', peerId: 'other', role: 'watch', owners: ['address:192.0.2.9'] });
    const other = streamer.webrtc.transports.get('other')!;
    other.events.connected();
    await other.next(({ keyFrame }) => keyFrame);
    const requests = () => streamer.relay.stats().host.idr_requests;
    const before = requests();
    const clock = performance.now.bind(performance);
    let later = 0;
    const time = t.mock.method(performance, 'now', () => clock() + later);
    for (let visit = 0; visit < 60; visit += 1) {
      later += 400;
      const asked = requests();
      const answered = other.next(({ keyFrame }) => keyFrame);
      const owners = visit % 2 === 0 ? ['address:192.0.2.1', `link:${visit}`] : [`address:192.0.2.1`, 'link:0'];
      streamer.receive({ type: 'addPeer', peerId: `visit${visit}`, role: 'watch', owners });
      const viewer = streamer.webrtc.transports.get(`visit${visit}`)!;
      viewer.events.connected();
      for (let complaint = 0; complaint < 10; complaint += 1) viewer.events.keyFrameNeeded();
      viewer.close(null);
      // The need of the next one is another.
      if (requests() > asked) await answered;
    }
    const asked = requests() - before;
    time.mock.restore();
    // One in 350 ms would be all 60: each budget allows eight at once and one more in four seconds, and one complains constantly.
    assert.ok(asked <= 8 + 6 + 6 + 3, `${asked} requests`);
    await streamer.stop(true);
  });
});

test('a host that dies and returns is streamed to the same viewers again', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'moonshare-host-'));
  const host = await PairedHost.start({ stateDir });
  try {
    const streamer = await TestStreamer.up(host);
    const viewer = streamer.join('one');
    await connect(viewer);
    viewer.input(add, key(true));
    const recovering = streamer.host('recovering');
    await host.kill();
    assert.equal((await recovering).error.code, 'CONTROL_LOST');
    const streaming = streamer.host('streaming');
    const keyFrame = viewer.next(({ keyFrame }) => keyFrame);
    await host.restart();
    await Promise.all([streaming, keyFrame]);
    const state = await until(
      () => host.state(),
      ({ gamepads }) => gamepads.length === 1,
    );
    assert.deepEqual(state.heldKeys, []);
    assert.equal(streamer.hostStates.filter(({ state }) => state === 'streaming').length, 2);
    assert.equal(streamer.webrtc.formats.length, 2);
    await streamer.stop(true);
    assert.deepEqual((await host.state()).sessions, []);
  } finally {
    await host.close();
    await rm(stateDir, { recursive: true });
  }
});

test('protocol/4 §5: viewers are told when the network to the host becomes poor, and when it recovers', async () => {
  const host = await PairedHost.start({ fec: 0 });
  try {
    const streamer = await TestStreamer.up(host);
    const viewer = streamer.join('one');
    await connect(viewer);
    const status = (word: 'Ok' | 'Poor') => ({ ConnectionStatusUpdate: { status: word } });
    const told = (...words: ('Ok' | 'Poor')[]) =>
      until(
        async () => viewer.general,
        (general) => JSON.stringify(general) === JSON.stringify(words.map(status)),
      );
    await host.drop(50);
    await told('Poor');
    assert.deepEqual(streamer.join('late').general, [status('Poor')]);
    await host.drop(0);
    await told('Poor', 'Ok');
    assert.deepEqual(streamer.join('later').general, []);
    await streamer.stop(true);
  } finally {
    await host.close();
  }
});
