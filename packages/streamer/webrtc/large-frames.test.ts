// Runs alone: a busy machine loses packets of frames this large, and how many key frames that costs is counted.
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { recording } from '../../../fixtures/recordings.ts';
import { createWebRtcEngine } from './engine.ts';
import { NativeConnection } from './native-connection.ts';
import { type ChromiumPage, ChromiumPages } from './testing/chromium.ts';
import { freshAccount } from './testing/fresh-account.ts';
import './testing/collect-garbage.ts';
import { FORMAT, Playback } from './testing/playback.ts';
import { readRecording } from './testing/recording.ts';
import { UdpRelay } from './testing/udp-relay.ts';

/** Stands behind a slice as often as one likes, H.264 §7.4.2.10. */
const CABAC_ZERO_WORD = Buffer.of(0, 0, 3);

/** Key frames that a joiner may ask for until it has a picture: one, and some more on a machine that is too busy to read. */
const MOST_KEY_FRAMES = 5;

/** RTP in what an MTU of 1280 leaves. */
const VPN_PACKET = 1236;

/** What the page's RTCPeerConnection says of its picture. */
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

  /** A joiner behind a network that holds no more than a browser's socket. */
  async function joins(t: TestContext, pages: ChromiumPages, bytes: number): Promise<void> {
    const video = [{ ...first!, data: enlarged(first!.data, bytes) }, ...following];
    const engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 8 });
    t.after(() => engine.close());
    engine.setFormat(FORMAT);
    const playback = new Playback(engine, { video, audio: recorded.audio });
    const relay = await UdpRelay.create(engine.port);
    t.after(() => relay.close());
    t.after(() => playback.stop());
    let [keyFrames, shownAt] = [0, Number.NEGATIVE_INFINITY];
    const { promise: tooMany, reject } = Promise.withResolvers<never>();
    const show = () => {
      // As the streamer does: one that is so young is on its way.
      if (performance.now() - shownAt < 250) return;
      shownAt = performance.now();
      keyFrames += 1;
      if (keyFrames > MOST_KEY_FRAMES) reject(new Error(`no picture from ${MOST_KEY_FRAMES} key frames`));
      else playback.join(viewer);
    };
    const page = await pages.open('offers media', (message) => viewer.signal(message));
    t.after(() => page.page.close());
    const viewer = engine.addViewer({
      id: t.name,
      role: 'full',
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
    // A frame that is decoded was whole.
    const { frames, keyFrames: whole } = await decoded(page);
    assert.ok(whole >= 1 && frames >= 30, `${whole} key frames, ${frames} frames`);
  }

  describe('in Chromium', () => {
    let pages: ChromiumPages;
    before(async () => {
      pages = await ChromiumPages.launch();
    });
    after(() => pages.close());

    for (const bytes of [1_250_000, 2_500_000]) it(`of ${bytes} bytes are whole`, (t) => joins(t, pages, bytes));

    it('are whole behind a VPN, where the socket refuses what would have to be fragmented', async (t) => {
      const { send } = NativeConnection.prototype;
      t.mock.method(NativeConnection.prototype, 'send', function (this: NativeConnection, packet: Buffer) {
        return packet.length <= VPN_PACKET && send.call(this, packet);
      });
      await joins(t, pages, 2_000_000);
    });
  });

  describe('in a Chromium that keeps more than 2048 packets of a frame', () => {
    let pages: ChromiumPages;
    before(async () => {
      pages = await ChromiumPages.launch('--force-fieldtrials=WebRTC-PacketBufferMaxSize/8192/');
    });
    after(() => pages.close());

    it('of 5 MB are whole', (t) => joins(t, pages, 5_000_000));
  });
});

/** An H.264 frame of at least so many bytes that shows what it did. */
function enlarged(data: Buffer, bytes: number): Buffer {
  return Buffer.concat([data, Buffer.alloc(Math.ceil((bytes - data.length) / 3) * 3, CABAC_ZERO_WORD)]);
}
