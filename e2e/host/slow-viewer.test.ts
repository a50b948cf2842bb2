// A viewer whose browser reports a slow network, beside a fast one: real connections, and the streamer of a real stream.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { FromStreamer, HostState } from '@moonshare/contract';
import { Engines, StreamRelay } from '@moonshare/streamer';
import pino from 'pino';
import type { RtpPacket } from '../../fixtures/depacketize.ts';
import { createWebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import { NativePeer } from '../../packages/streamer/webrtc/testing/native-peer.ts';
import { remb } from '../../packages/streamer/webrtc/testing/remb.ts';
import { WebSocketEngine } from '../../packages/streamer/websocket/engine.ts';
import { PairedHost } from './paired-host.ts';
import { streamerInit } from './test-streamer.ts';

/** Browsers report about this often. */
const REMB_MS = 300;
/** For each step; the longest takes some ten seconds on an idle machine. */
const LIMIT_MS = 60_000;
const START_ATTEMPTS = 3;
const H264 = 96;
const VIDEO_HERTZ = 90_000;
/** Frames that may still be on their way to a viewer who is about to get key frames only. */
const MAX_UNDER_WAY = 120;
/** NAL units that only key frames have, and those that contain others (RFC 6184). */
const SPS = 7;
const STAP_A = 24;

type Rung = Extract<FromStreamer, { type: 'peerRung' }>;

/** A streamer with the WebRTC engine, and viewers that report what they are told to. */
class Scene {
  readonly relay: StreamRelay;
  readonly rungs: Rung[] = [];
  readonly #peers = new Map<string, NativePeer>();
  #onMessage: () => void = () => {};
  #host: HostState | null = null;

  private constructor(init: ReturnType<typeof streamerInit>, engines: Engines) {
    const log = pino({ level: 'silent' });
    this.relay = new StreamRelay({ init, engines, log, send: (message) => this.#take(message) });
  }

  /** A busy machine may take longer than a start may: then again. */
  static async start(t: TestContext): Promise<Scene> {
    const host = await PairedHost.start();
    t.after(() => host.close());
    for (let attempt = 1; ; attempt++) {
      const init = streamerInit(host);
      const websocket = new WebSocketEngine(init.webrtc);
      const scene = new Scene(init, new Engines({ webrtc: await createWebRtcEngine(init.webrtc), websocket }));
      scene.relay.start();
      scene.relay.receive({ type: 'launchGranted' });
      await scene.until('up', () => scene.#host?.state === 'streaming' || scene.#host?.state === 'ended');
      if (scene.#host?.state === 'streaming') {
        t.after(() => scene.relay.stop());
        return scene;
      }
      await scene.relay.stop();
      if (attempt === START_ATTEMPTS) throw new Error(`no start of ${attempt}: ${JSON.stringify(scene.#host)}`);
    }
  }

  /** Joined, with its picture. It reports `kbps()` until the end of the test. */
  async join(t: TestContext, id: string, kbps: () => number): Promise<NativePeer> {
    const peer = new NativePeer(id);
    this.#peers.set(id, peer);
    peer.on('signal', (message) => this.relay.receive({ type: 'fromPeer', peerId: id, message }));
    this.relay.receive({ type: 'addPeer', peerId: id, role: 'watch' });
    const shown = once(peer, 'rtp', { signal: AbortSignal.timeout(LIMIT_MS) });
    peer.offer({ media: true, audio: false });
    await shown;
    const reports = setInterval(() => peer.sendRtcp(remb(kbps())), REMB_MS);
    t.after(() => {
      clearInterval(reports);
      peer.close();
    });
    return peer;
  }

  /** Looks after each message to the server, and after each `look`; rejects after a while, telling what there was. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    const late = AbortSignal.timeout(LIMIT_MS);
    late.addEventListener('abort', () => this.#onMessage());
    while (!isTrue()) {
      if (late.aborted) throw new Error(`not ${what}: ${JSON.stringify({ rungs: this.rungs, ...this.relay.stats() })}`);
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
  }

  look(): void {
    this.#onMessage();
  }

  viewer(id: string) {
    return this.relay.stats().viewers.find(({ peer_id }) => peer_id === id)!;
  }

  /** Frames of the host that this viewer has not been sent, those before it joined and those under way among them. */
  missing(id: string): number {
    return this.relay.stats().host.video.frames - this.viewer(id).frames_sent;
  }

  #take(message: FromStreamer): void {
    if (message.type === 'launchWanted') setImmediate(() => this.relay.receive({ type: 'launchGranted' }));
    else if (message.type === 'negotiation') this.#peers.get(message.peerId)?.receive({ Signaling: message.message });
    else if (message.type === 'peerRung') this.rungs.push(message);
    else if (message.type === 'hostState') this.#host = message.host;
    this.#onMessage();
  }
}

function isKeyFramePart({ payload }: RtpPacket): boolean {
  const type = payload[0]! & 0x1f;
  return type === SPS || (type === STAP_A && (payload[3]! & 0x1f) === SPS);
}

/** Those after the first second without any: what comes before it may have been under way. */
function afterPause(frames: readonly RtpPacket[]): RtpPacket[] {
  const at = frames.findIndex(({ timestamp }, index) => {
    return index > 0 && (timestamp - frames[index - 1]!.timestamp) >>> 0 >= VIDEO_HERTZ;
  });
  return at < 0 ? [] : frames.slice(at);
}

// Often over 20 s: five until the network counts as too slow, two for each key frame, five until it counts as fast, and five on trial.
test('a slow viewer gets only key frames, is told why, and gets everything when its network has recovered', async (t) => {
  const scene = await Scene.start(t);
  const network = { kbps: 32 };
  await scene.join(t, 'fast', () => 50_000);
  const slow = await scene.join(t, 'slow', () => network.kbps);
  await scene.until('told of a slow network', () => scene.rungs.length === 1);
  const [told] = scene.rungs;
  assert.deepEqual([told?.peerId, told?.rung, told?.cause], ['slow', 'reduced', 'network']);
  assert.ok(Math.abs(told!.networkKbps! - 32) < 1, `${told?.networkKbps} kbit/s`);
  assert.ok(told!.streamKbps! > 64, `${told?.streamKbps} kbit/s`);
  assert.equal(scene.viewer('slow').rung, 'reduced');

  const before = { dropped: scene.viewer('fast').frames_dropped, missing: scene.missing('fast') };
  const frames = new Map<number, RtpPacket>();
  slow.on('rtp', (packet) => {
    if (packet.payloadType !== H264 || frames.has(packet.timestamp)) return;
    frames.set(packet.timestamp, packet);
    scene.look();
  });
  await scene.until('two key frames alone', () => {
    assert.ok(frames.size < MAX_UNDER_WAY, 'it still gets everything');
    return afterPause([...frames.values()]).length >= 2;
  });
  network.kbps = 50_000;
  for (const packet of afterPause([...frames.values()]))
    assert.ok(isKeyFramePart(packet), 'a frame that is no key frame');

  await scene.until('told of a fast network', () => scene.rungs.length === 2);
  assert.deepEqual([scene.rungs[1]?.peerId, scene.rungs[1]?.rung, scene.rungs[1]?.cause], ['slow', 'full', null]);
  const seen = frames.size;
  await scene.until('ten more frames', () => frames.size >= seen + 10);
  assert.equal(scene.viewer('slow').rung, 'full');

  await scene.until('all frames sent to the fast one', () => scene.missing('fast') <= before.missing);
  const { frames_dropped, rung } = scene.viewer('fast');
  assert.deepEqual([frames_dropped, rung], [before.dropped, 'full'], 'the fast one gets all');
});
