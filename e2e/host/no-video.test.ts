import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import { type HostState, streamSettingsSchema } from '@moonshare/contract';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { PairedHost } from './paired-host.ts';
import { stopAllStreamers, streamerInit, TestStreamer } from './test-streamer.ts';

/** Short, to keep the tests short. */
const VIDEO_TIMEOUT_MS = 500;

after(stopAllStreamers);

describe('a host that stops sending a picture', () => {
  const open: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function hosted(options: VirtualHostOptions = {}): Promise<PairedHost> {
    const host = await PairedHost.start(options);
    open.push(() => host.close());
    return host;
  }

  async function up(host: PairedHost): Promise<TestStreamer> {
    const streamer = await TestStreamer.up(host, { videoTimeoutMs: VIDEO_TIMEOUT_MS });
    open.push(() => streamer.stop(true));
    return streamer;
  }

  const codeOf = (state: Extract<HostState, { state: 'recovering' | 'ended' }>) => state.error?.code;

  for (const like of ['sunshine', 'wolf', 'wolf-2026'] as const) {
    test(`like ${like} is resumed while the control stream lives; viewers stay, are told, and see the picture again`, async () => {
      const host = await hosted({ like });
      const streamer = await up(host);
      const viewer = streamer.join('one');
      const first = viewer.next();
      viewer.events.connected();
      await first;
      const lost = streamer.host('recovering');
      await host.stopVideo();
      assert.equal(codeOf(await lost), 'NO_VIDEO');
      const [again] = await Promise.all([viewer.next(({ keyFrame }) => keyFrame), streamer.host('streaming')]);
      assert.ok(again.frameIndex <= 1);
      assert.ok(streamer.hostStates.some((state) => state.state === 'recovering' && state.stage === 'resumingApp'));
    });
  }

  test('because of an odd width is asked for an even one instead', async () => {
    const host = await hosted();
    const settings = streamSettingsSchema.parse({ width: 641, height: 361, fps: 30, bitrate: 2_000 });
    const streamer = await TestStreamer.up(host, { settings });
    open.push(() => streamer.stop(true));
    assert.deepEqual([settings.width, settings.height], [640, 360]);
    const [format] = streamer.webrtc.formats;
    assert.deepEqual([format?.width, format?.height], [640, 360]);
  });

  test('is resumed when it leaves three key frame requests unanswered', async () => {
    const host = await hosted({ quirks: { keyFrames: 1 } });
    const streamer = await up(host);
    const lost = streamer.host('recovering');
    const viewer = streamer.join('late');
    const first = viewer.next();
    viewer.events.connected();
    assert.equal(codeOf(await lost), 'NO_VIDEO');
    assert.equal((await first).keyFrame, true);
  });

  test('is not taken to work while it sends bytes but no picture: the stage says so, and the session is retried', async () => {
    const host = await hosted({ quirks: { keyFrames: 0 } });
    const streamer = new TestStreamer(streamerInit(host, { videoTimeoutMs: VIDEO_TIMEOUT_MS }));
    open.push(() => streamer.stop(true));
    const told = streamer.next(
      (message) =>
        message.type === 'hostState' &&
        message.host.state === 'connecting' &&
        message.host.stage === 'retryingWithoutPicture',
    );
    const ended = streamer.host('ended');
    streamer.start();
    await told;
    assert.equal(codeOf(await ended), 'NO_VIDEO');
    assert.ok(streamer.sent.every((message) => message.type !== 'hostState' || message.host.state !== 'streaming'));
  });
});
