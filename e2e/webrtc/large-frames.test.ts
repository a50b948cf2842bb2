// Runs alone: a busy machine loses packets of frames this large, and the key frames this costs are counted.
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { recording } from '../../fixtures/recordings.ts';
import { DatachannelConnection } from '../../packages/streamer/webrtc/datachannel/datachannel-connection.ts';
import { createWebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { freshAccount } from '../../packages/streamer/webrtc/testing/fresh-account.ts';
import { type ChromiumPage, ChromiumPages } from './chromium-pages.ts';
import '../../packages/streamer/webrtc/testing/collect-garbage.ts';
import { FORMAT, Playback } from '../../packages/streamer/webrtc/testing/playback.ts';
import { readRecording } from '../../packages/streamer/webrtc/testing/recording.ts';
import { UdpRelay } from '../../packages/streamer/webrtc/testing/udp-relay.ts';

/** May follow a slice any number of times, H.264 §7.4.2.10. */
const CABAC_ZERO_WORD = Buffer.of(0, 0, 3);

/** Key frames a joiner may need before it has a picture: one, and a few more on a busy machine. */
const MAX_KEY_FRAMES = 5;

/** The RTP packet size that an MTU of 1280 allows. */
const VPN_PACKET = 1236;

/** What the page's RTCPeerConnection reports about its picture. */
function decoded({ page }: ChromiumPage): Promise<{ frames: number; keyFrames: number }> {
  return page.evaluate(async () => {
    const stats = await (Reflect.get(globalThis, 'peer') as RTCPeerConnection).getStats();
    const all = [...(stats as unknown as Map<string, Record<string, unknown>>).values()];
    const video = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')!;
    return { frames: video.framesDecoded as number, keyFrames: video.keyFramesDecoded as number };
  });
}

describe('key frames of megabytes', () => {
  const recorded = readRecording(recording('sunshine-h264-clear'));
  const [first, ...following] = recorded.video;

  /** A joiner behind a network that buffers no more than a browser's socket. */
  async function joins(
    t: TestContext,
    pages: ChromiumPages,
    bytes: number,
    stack: 'native' | 'node-datachannel' = 'native',
  ): Promise<void> {
    const video = [{ ...first!, data: enlarged(first!.data, bytes) }, ...following];
    const engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 8, stack });
    t.after(() => engine.close());
    engine.setFormat(FORMAT);
    const playback = new Playback(engine, { video, audio: recorded.audio });
    const relay = await UdpRelay.create(engine.port);
    t.after(() => relay.close());
    t.after(() => playback.stop());
    let [keyFrames, shownAt] = [0, Number.NEGATIVE_INFINITY];
    const { promise: tooMany, reject } = Promise.withResolvers<never>();
    const show = () => {
      // As the streamer does: a key frame this recent is still on its way.
      if (performance.now() - shownAt < 250) return;
      shownAt = performance.now();
      keyFrames += 1;
      if (keyFrames > MAX_KEY_FRAMES) reject(new Error(`no picture from ${MAX_KEY_FRAMES} key frames`));
      else playback.join(viewer);
    };
    const page = await pages.open('offers media', (message) => viewer.signal(message));
    t.after(() => page.page.close());
    const viewer = engine.addTransport({
      id: t.name,
      acceptsInput: () => true,
      account: freshAccount(),
      events: {
        signal: (message) => {
          const translated = relay.translate(message);
          if (translated !== null) page.receive(translated);
        },
        opened: () => {},
        connected: show,
        input: () => {},
        inputLost: () => {},
        keyFrameNeeded: show,
        frameDropped: show,
        silent: () => {},
        closed: () => {},
      },
    });
    t.after(() => viewer.close(null));
    await page.start();
    await Promise.race([page.frames(30), tooMany]);
    // A decoded frame arrived completely.
    const { frames, keyFrames: whole } = await decoded(page);
    assert.ok(whole >= 1 && frames >= 30, `${whole} key frames, ${frames} frames`);
  }

  describe('in Chromium', () => {
    let pages: ChromiumPages;
    before(async () => {
      pages = await ChromiumPages.launch();
    });
    after(() => pages.close());

    for (const bytes of [1_250_000, 2_500_000])
      it(`of ${bytes} bytes arrive completely`, (t) => joins(t, pages, bytes));

    it('arrive completely behind a VPN, where the socket refuses packets that would be fragmented', async (t) => {
      const { prototype } = DatachannelConnection;
      const { sendVideo } = prototype;
      t.mock.method(
        prototype,
        'sendVideo',
        function (this: DatachannelConnection, ...args: Parameters<typeof sendVideo>) {
          return args[0].every(({ length }) => length <= VPN_PACKET) && sendVideo.apply(this, args);
        },
      );
      await joins(t, pages, 2_000_000, 'node-datachannel');
    });
  });

  describe('in a Chromium that keeps more than 2048 packets of a frame', () => {
    let pages: ChromiumPages;
    before(async () => {
      pages = await ChromiumPages.launch('--force-fieldtrials=WebRTC-PacketBufferMaxSize/8192/');
    });
    after(() => pages.close());

    it('of 5 MB arrive completely', (t) => joins(t, pages, 5_000_000));
  });
});

/** The same H.264 frame, enlarged to at least this many bytes. */
function enlarged(data: Buffer, bytes: number): Buffer {
  return Buffer.concat([data, Buffer.alloc(Math.ceil((bytes - data.length) / 3) * 3, CABAC_ZERO_WORD)]);
}
