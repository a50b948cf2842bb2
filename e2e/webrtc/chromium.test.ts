import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { MoonshareError, ServerSignal, ViewerInput } from '@moonshare/contract';
import type { NegotiatedTransport } from '../../packages/streamer/viewer/transport.ts';
import { createWebRtcEngine, type WebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import '../../packages/streamer/webrtc/testing/collect-garbage.ts';
import { recording } from '../../fixtures/recordings.ts';
import { freshAccount } from '../../packages/streamer/webrtc/testing/fresh-account.ts';
import { FORMAT, Playback } from '../../packages/streamer/webrtc/testing/playback.ts';
import { readRecording } from '../../packages/streamer/webrtc/testing/recording.ts';
import { isMedia, UdpRelay } from '../../packages/streamer/webrtc/testing/udp-relay.ts';
import { type ChromiumPage, ChromiumPages, type Style } from './chromium-pages.ts';

interface EngineEvents {
  input: [ViewerInput];
  closed: [MoonshareError | null];
}

/** What is between the page and us. */
interface Network {
  /** What becomes of a signal to the page; null: it is lost. */
  translate?: (message: ServerSignal) => ServerSignal | null;
  isUdpBlocked?: boolean;
}

/** The protocol by which the page receives. */
function protocolOf({ page }: ChromiumPage): Promise<string> {
  return page.evaluate(async () => {
    const stats = await (Reflect.get(globalThis, 'peer') as RTCPeerConnection).getStats();
    const all = [...(stats as unknown as Map<string, Record<string, unknown>>).values()];
    const pair = all.find(
      ({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded',
    );
    return String(all.find(({ id }) => id === pair?.localCandidateId)?.protocol);
  });
}

/** How many packets of the video came in the stream of its resends. */
function resentPackets({ page }: ChromiumPage): Promise<number> {
  return page.evaluate(async () => {
    const stats = await (Reflect.get(globalThis, 'peer') as RTCPeerConnection).getStats();
    const all = [...(stats as unknown as Map<string, Record<string, unknown>>).values()];
    const video = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    return Number(video?.retransmittedPacketsReceived ?? 0);
  });
}

/** A real host's recorded stream, shown in real Chromium pages. */
// A page whose viewer was closed would wait for pictures for ever, hence the timeout.
for (const stack of ['native', 'node-datachannel'] as const)
  describe(`Chromium, with the stack ${stack}`, () => {
    let engine: WebRtcEngine;
    let playback: Playback;
    let pages: ChromiumPages | undefined;

    before(async () => {
      engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 8, stack });
      engine.setFormat(FORMAT);
      playback = new Playback(engine, readRecording(recording('sunshine-h264-clear')));
      pages = await ChromiumPages.launch();
    });
    after(async () => {
      playback.stop();
      await pages?.close();
      await engine.close();
    });

    async function open(
      style: Style,
      network: Network = {},
    ): Promise<{ page: ChromiumPage; viewer: NegotiatedTransport; events: EventEmitter<EngineEvents> }> {
      const events = new EventEmitter<EngineEvents>();
      const { translate = (message) => message, isUdpBlocked = false } = network;
      const page = await pages!.open(style, (message) => {
        // Its addresses are all of UDP, and we would send there.
        if (!isUdpBlocked || !('AddIceCandidate' in message)) viewer.signal(message);
      });
      const viewer: NegotiatedTransport = engine.addTransport({
        id: style,
        acceptsInput: () => true,
        account: freshAccount(),
        events: {
          signal: (message) => {
            const translated = translate(message);
            if (translated !== null) page.receive(translated);
          },
          opened: () => {},
          connected: () => playback.join(viewer),
          input: (event) => events.emit('input', event),
          inputLost: () => {},
          keyFrameNeeded: () => playback.join(viewer),
          frameDropped: () => playback.join(viewer),
          silent: () => {},
          closed: (error) => events.emit('closed', error),
        },
      });
      await page.start();
      return { page, viewer, events };
    }

    for (const style of ['offers media', 'offers data', 'waits'] as const)
      it(`shows a moving picture and plays sound when the page ${style}`, async () => {
        const { page, viewer, events } = await open(style);
        await page.frames(30);
        assert.equal(viewer.stats().state, 'connected');
        await page.page.waitForFunction(() => {
          const [audio] = document.querySelectorAll('audio');
          return audio !== undefined && audio.currentTime > 0;
        });
        const closed = once(events, 'closed');
        await page.page.evaluate(() => (Reflect.get(globalThis, 'peer') as RTCPeerConnection).close());
        assert.deepEqual(await closed, [null]);
        await page.page.close();
      });

    it('is closed as VIEWER_SILENT when its tab closes', async () => {
      const { page, viewer, events } = await open('offers media');
      // For clients that have never reported only ICE notices that they are gone, half a minute later.
      while (viewer.stats().round_trip_ms === null) await page.frames(5);
      const closed = once(events, 'closed');
      await page.page.close();
      assert.equal((await closed)[0]?.code, 'VIEWER_SILENT');
    });

    it('shows the same stream in two pages and sends what is typed', async () => {
      const [a, b] = [await open('offers media'), await open('offers media')];
      await Promise.all([a.page.frames(30), b.page.frames(30)]);
      const input = once(b.events, 'input');
      // The channel may open after the first pictures.
      await b.page.page.waitForFunction(() => {
        const { keyboard } = Reflect.get(globalThis, 'channels') as Record<string, RTCDataChannel>;
        if (keyboard?.readyState !== 'open') return false;
        keyboard.send(Uint8Array.of(0, 1, 0, 0, 0x41));
        return true;
      });
      assert.deepEqual(await input, [{ kind: 'key', down: true, modifiers: 0, virtualKey: 0x41 }]);
      assert.deepEqual(await a.page.page.evaluate(() => Reflect.get(globalThis, 'texts')), []);
      await Promise.all([a.page.page.close(), b.page.page.close()]);
    });

    for (const style of ['offers media', 'waits'] as const)
      it(`keeps playing when one packet in twenty is lost and the page ${style}`, async (t) => {
        const relay = await UdpRelay.create(engine.port);
        t.after(() => relay.close());
        const { page, viewer } = await open(style, { translate: (message) => relay.translate(message) });
        let media = 0;
        relay.losesFromEngine = (datagram) => isMedia(datagram) && ++media % 20 === 0;
        await page.frames(120);
        const { nacks_received, packets_resent, estimate_source } = viewer.stats();
        assert.ok(
          nacks_received > 0 && packets_resent > 0,
          `${nacks_received} NACKs, ${packets_resent} packets resent`,
        );
        const resent = await resentPackets(page);
        if (stack === 'native') assert.ok(resent > 0, `${resent} packets came in a stream of their own`);
        else assert.equal(resent, 0);
        assert.equal(estimate_source === 'transport-cc', stack === 'native');
        await page.page.close();
      });

    if (stack === 'native')
      it('gets picture and sound, and sends what is typed, over TCP where UDP does not get through', async () => {
        const isOfUdp = (message: ServerSignal) => / udp /i.test(JSON.stringify(message));
        const { page, viewer, events } = await open('offers media', {
          isUdpBlocked: true,
          translate: (message) =>
            JSON.stringify(message).includes('AddIceCandidate') && isOfUdp(message) ? null : message,
        });
        await page.frames(60);
        assert.equal(await protocolOf(page), 'tcp');
        await page.page.waitForFunction(() => (document.querySelector('audio')?.currentTime ?? 0) > 0);
        const input = once(events, 'input');
        await page.page.waitForFunction(() => {
          const { keyboard } = Reflect.get(globalThis, 'channels') as Record<string, RTCDataChannel>;
          if (keyboard?.readyState !== 'open') return false;
          keyboard.send(Uint8Array.of(0, 1, 0, 0, 0x41));
          return true;
        });
        assert.deepEqual(await input, [{ kind: 'key', down: true, modifiers: 0, virtualKey: 0x41 }]);
        assert.equal(viewer.stats().state, 'connected');
        await page.page.close();
      });
  });
