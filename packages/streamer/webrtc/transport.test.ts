// Mostly waits: for ICE and DTLS of dozens of connections, and for a silent browser to be given up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeInput, type ViewerInput } from '@moonshare/contract';
import { depacketizeH264 } from '../../../fixtures/depacketize.ts';
import { DatachannelConnection } from './datachannel/datachannel-connection.ts';
import { createWebRtcEngine, type WebRtcEngine } from './engine.ts';
import { NativeConnection } from './native/native-connection.ts';
import { freshAccount } from './testing/fresh-account.ts';
import {
  fir,
  joinViewer,
  liveViewer,
  nack,
  PICTURE,
  picture,
  pli,
  REPORT,
  show,
  sound,
  videoSsrc,
} from './testing/joined-viewer.ts';
import { NativePeer } from './testing/native-peer.ts';
import { FORMAT } from './testing/playback.ts';
import { isMedia, UdpRelay } from './testing/udp-relay.ts';

/** Just long enough to be silent: ICE must not notice two of them, though it may hear nothing in between, and gives up after 30 s. */
const SILENT_MS = 8_500;
const STACKS = [
  ['native', NativeConnection],
  ['node-datachannel', DatachannelConnection],
] as const;

// A test that waits in vain fails by the timeout, and the engine is closed: else the process would run for ever.
for (const [stack, { prototype }] of STACKS)
  describe(`viewers on ${stack}`, () => {
    let engine: WebRtcEngine;

    before(async () => {
      engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 8, stack });
      engine.setFormat(FORMAT);
    });
    after(() => engine.close());

    describe('when the browser offers', () => {
      it('media, it gets the picture exactly as sent, and sound', async (t) => {
        const joined = await liveViewer(t, engine);
        const { viewer, peer } = joined;
        const packets = await show(engine, joined);
        const units = depacketizeH264(packets.map(({ payload }) => payload));
        assert.deepEqual(units, PICTURE);
        assert.ok(packets.every(({ payloadType }) => payloadType === 96));

        const received = once(peer, 'rtp');
        engine.sendAudio(sound(), [viewer]);
        const [rtp] = await received;
        assert.equal(rtp.payloadType, 111);
        assert.equal(rtp.payload.toString('hex'), 'fc0102');
      });

      it('only data channels, it gets media through an offer of ours', async (t) => {
        const joined = await liveViewer(t, engine, { media: false });
        const kinds = joined.signals.flatMap((signal) =>
          typeof signal === 'object' && 'Signaling' in signal && 'Description' in signal.Signaling
            ? [signal.Signaling.Description.ty]
            : [],
        );
        assert.deepEqual(kinds, ['answer', 'offer']);
        assert.equal((await show(engine, joined)).at(-1)?.marker, true);
      });

      it('nothing, it gets an offer', async (t) => {
        const joined = joinViewer(t, engine);
        const { events, peer } = joined;
        await Promise.all([once(events, 'connected'), once(peer, 'open')]);
        assert.equal((await show(engine, joined)).at(-1)?.marker, true);
      });

      it('protocol/4 §7.6: candidates before its description, it gets connected, and they are tried', async (t) => {
        const tried = t.mock.method(prototype, 'addCandidate');
        const { viewer, events, peer } = joinViewer(t, engine);
        viewer.signal({ AddIceCandidate: { candidate: 'candidate:1 1 udp 5 203.0.113.7 9 typ host', sdp_mid: '0' } });
        const connected = once(events, 'connected');
        peer.offer({ media: true });
        await connected;
        assert.ok(tried.mock.calls.some(({ arguments: [candidate] }) => candidate.includes('203.0.113.7')));
      });

      it('a codec other than the stream’s, it gets CODEC_UNSUPPORTED', async (t) => {
        const { events, peer } = joinViewer(t, engine);
        const closed = once(events, 'closed');
        peer.offer({ media: true, codec: 'vp8' });
        assert.equal((await closed)[0]?.code, 'CODEC_UNSUPPORTED');
      });

      it('twice before it is connected, the second offer counts', async (t) => {
        const abandoned = new NativePeer('abandoned');
        t.after(() => abandoned.close());
        const [first] = await Promise.all([once(abandoned, 'description'), abandoned.offer({ media: true })]);
        let isFirst = true;
        const { viewer, events, peer } = joinViewer(t, engine, {
          hold: (message, pass) => {
            if (isFirst) void pass({ Description: { ty: 'offer', sdp: first[0] } });
            isFirst = false;
            pass(message);
          },
        });
        // The answer to the abandoned offer is of no use to the peer that stays.
        const receive = peer.receive.bind(peer);
        let answers = 0;
        peer.receive = (message) => {
          if (JSON.stringify(message).includes('"ty":"answer"') && ++answers === 1) return;
          if (answers === 2) receive(message);
        };
        const connected = once(events, 'connected');
        peer.offer({ media: true });
        await connected;
        assert.equal(viewer.stats().state, 'connected');
      });

      it('again with other credentials once connected, ICE is restarted, or it is closed where the stack cannot', async (t) => {
        const joined = joinViewer(t, engine);
        const { viewer, events, peer, signals } = joined;
        const offered = once(peer, 'description');
        const connected = once(events, 'connected');
        peer.offer({ media: true });
        const [sdp] = await offered;
        await connected;
        const closed = once(events, 'closed');
        const from = signals.length;
        // It has not really offered that.
        peer.receive = () => {};
        const restarted = sdp.replace(/a=ice-ufrag:.*/g, 'a=ice-ufrag:another\r');
        viewer.signal({ Description: { ty: 'offer', sdp: restarted } });
        if (stack === 'native') {
          const [answer, ...candidates] = signals.slice(from).map((signal) => JSON.stringify(signal));
          const ufrag = /a=ice-ufrag:([^\\]+)/.exec(answer!)?.[1];
          assert.ok(!JSON.stringify(signals.slice(0, from)).includes(`a=ice-ufrag:${ufrag}`));
          assert.ok(candidates.length > 0 && candidates.every((each) => each.includes(`"${ufrag}"`)));
          assert.equal(viewer.stats().state, 'connected');
        } else assert.equal((await closed)[0]?.code, 'VIEWER_UNREACHABLE');
      });

      it('again from elsewhere once connected, it is closed as VIEWER_UNREACHABLE', async (t) => {
        const { viewer, events } = await liveViewer(t, engine);
        const other = new NativePeer('other');
        t.after(() => other.close());
        const [offer] = await Promise.all([once(other, 'description'), other.offer({ media: true })]);
        const closed = once(events, 'closed');
        viewer.signal({ Description: { ty: 'offer', sdp: offer[0] } });
        assert.equal((await closed)[0]?.code, 'VIEWER_UNREACHABLE');
      });

      it('many addresses, at most twenty are used, and fewer after repeated visits', async (t) => {
        const taken = t.mock.method(prototype, 'addCandidate', () => {});
        const account = freshAccount();
        const names = async (visit: number) => {
          const before = taken.mock.callCount();
          const { viewer, events, peer } = joinViewer(t, engine, { account });
          const answered = once(events, 'signal');
          peer.offer({ media: true });
          await answered;
          for (let host = 1; host <= 250; host += 1) {
            const candidate = `candidate:1 1 udp 5 203.0.113.${host} ${visit + 1} typ host`;
            // Twice: the same one again costs nothing.
            for (let time = 0; time < 2; time += 1) viewer.signal({ AddIceCandidate: { candidate, sdp_mid: '0' } });
          }
          viewer.close(null);
          return taken.mock.callCount() - before;
        };
        const counts = [];
        for (let visit = 0; visit < 6; visit += 1) counts.push(await names(visit));
        assert.ok(Math.max(...counts) === 20, String(counts));
        // Sixty, and two a second.
        assert.ok(counts.at(-1)! < 20, String(counts));
      });

      it('again and again, it is answered until it is RATE_LIMITED', async (t) => {
        const { viewer, events, peer, signals } = joinViewer(t, engine, { account: freshAccount() });
        const described = once(peer, 'description');
        peer.offer({ media: true });
        const [sdp] = await described;
        peer.receive = () => {};
        const closed = once(events, 'closed');
        for (let offer = 0; offer < 200; offer += 1) viewer.signal({ Description: { ty: 'offer', sdp } });
        assert.equal((await closed)[0]?.code, 'RATE_LIMITED');
        assert.ok(signals.length < 60, `${signals.length} signals`);
      });

      it('nonsense, it gets an error', async (t) => {
        const { viewer, events } = joinViewer(t, engine);
        const closed = once(events, 'closed');
        viewer.signal({ Description: { ty: 'offer', sdp: 'nonsense' } });
        assert.equal((await closed)[0]?.code, 'BAD_REQUEST');
        viewer.signal({ Description: { ty: 'offer', sdp: 'nonsense' } });
        viewer.close(null);
        assert.equal(viewer.stats().state, 'closed');
      });
    });

    describe('once connected', () => {
      it('get their own sequence numbers, without gaps after missed frames', async (t) => {
        const [a, b] = await Promise.all([liveViewer(t, engine), liveViewer(t, engine)]);
        const first = (await show(engine, a)).at(-1)!;
        await show(engine, b);
        const [next] = await show(engine, a);
        assert.equal(next?.sequence, (first.sequence + 1) & 0xffff);
        assert.ok(((next!.timestamp - first.timestamp) | 0) > 0);
      });

      it('are resent packets that were lost', async (t) => {
        const relay = await UdpRelay.create(engine.port);
        t.after(() => relay.close());
        const joined = await liveViewer(t, engine, { relay });
        const { viewer, peer } = joined;
        let media = 0;
        relay.losesFromEngine = (datagram) => isMedia(datagram) && ++media === 2;
        const packets = await show(engine, joined);
        const again = once(peer, 'rtp');
        peer.sendRtcp(nack(videoSsrc(joined), (packets[0]!.sequence + 1) & 0xffff));
        const [rtp] = await again;
        const payloads = [packets[0]!, rtp, ...packets.slice(1)].map(({ payload }) => payload);
        assert.deepEqual(depacketizeH264(payloads).at(-1), PICTURE.at(-1));
        const { nacks_received, packets_resent } = viewer.stats();
        assert.deepEqual({ nacks_received, packets_resent }, { nacks_received: 1, packets_resent: 1 });
      });

      it('stay as long as ICE holds if they never reported, but not once they have reported', async (t) => {
        const joined = await liveViewer(t, engine);
        const { events, viewer, peer } = joined;
        const keyboard = await peer.channel('keyboard');
        const clock = performance.now.bind(performance);
        let later = 0;
        t.mock.method(performance, 'now', () => clock() + later);
        const ended = once(events, 'closed').then(([error]) => error?.code);
        const silent = once(events, 'silent').then(() => 'silent');
        later += SILENT_MS;
        assert.equal(await Promise.race([silent, ended]), 'silent');
        assert.equal(viewer.stats().state, 'connected');

        // It sends again, and falls silent again.
        const received = once(events, 'input');
        keyboard.sendMessageBinary(encodeInput({ kind: 'key', down: true, modifiers: 0, virtualKey: 0x41 }).data);
        await received;
        const again = once(events, 'silent').then(() => 'silent');
        later += SILENT_MS;
        assert.equal(await Promise.race([again, ended]), 'silent');

        peer.sendRtcp(REPORT);
        const needed = once(events, 'keyFrameNeeded');
        peer.sendRtcp(pli(videoSsrc(joined)));
        await needed;
        later += SILENT_MS;
        assert.equal(await ended, 'VIEWER_SILENT');
      });

      it('have left if they never reported and then close, however long they were silent', async (t) => {
        const { events, peer } = await liveViewer(t, engine);
        await peer.channel('keyboard');
        const clock = performance.now.bind(performance);
        let later = 0;
        t.mock.method(performance, 'now', () => clock() + later);
        const silent = once(events, 'silent').then(() => 'silent');
        const closed = once(events, 'closed');
        later += SILENT_MS;
        assert.equal(await Promise.race([silent, closed.then(([error]) => error?.code)]), 'silent');
        peer.close();
        assert.deepEqual(await closed, [null]);
      });

      it('are closed as VIEWER_SILENT if they reported before, long before ICE notices', async (t) => {
        const relay = await UdpRelay.create(engine.port);
        t.after(() => relay.close());
        const joined = await liveViewer(t, engine, { relay });
        const { events, viewer, peer } = joined;
        peer.sendRtcp(REPORT);
        const needed = once(events, 'keyFrameNeeded');
        peer.sendRtcp(pli(videoSsrc(joined)));
        await needed;
        relay.isCut = true;
        const cutAt = performance.now();
        const [error] = await once(events, 'closed');
        assert.equal(error?.code, 'VIEWER_SILENT');
        assert.ok(performance.now() - cutAt < 20_000);
        assert.equal(viewer.stats().state, 'closed');
      });

      it('protocol/4 §7.4: can request a key frame', async (t) => {
        const joined = await liveViewer(t, engine);
        const { viewer, events, peer } = joined;
        for (const request of [pli, fir]) {
          const needed = once(events, 'keyFrameNeeded');
          peer.sendRtcp(request(videoSsrc(joined)));
          await needed;
        }
        assert.equal(viewer.stats().plis_received, 2);
      });

      it('get sender reports, and report round trip and bandwidth', async (t) => {
        const joined = await liveViewer(t, engine);
        const { viewer, events, peer } = joined;
        const reported = once(peer, 'rtcp');
        await show(engine, joined);
        const [report] = await reported;
        assert.equal(report[1], 200);
        const answer = Buffer.alloc(32);
        answer.writeUInt32BE(0x81c9_0007, 0);
        answer.writeUInt32BE(videoSsrc(joined), 8);
        answer[12] = 64;
        answer.writeUInt32BE((report.readUInt32BE(8) % 0x10000) * 0x10000 + (report.readUInt32BE(12) >>> 16), 24);
        peer.sendRtcp(answer);
        peer.sendRtcp(Buffer.from('8fce0005000000010000000052454d42011b0d400a0b0c0d', 'hex'));
        // RTCP comes in order: once the request is answered, the report before it has been read.
        const needed = once(events, 'keyFrameNeeded');
        peer.sendRtcp(pli(videoSsrc(joined)));
        await needed;
        const { round_trip_ms, fraction_lost, estimated_bitrate_kbps } = viewer.stats();
        assert.ok(round_trip_ms !== null && round_trip_ms >= 0 && round_trip_ms < 10_000, String(round_trip_ms));
        assert.equal(fraction_lost, 0.25);
        assert.equal(estimated_bitrate_kbps, 12_800);
      });

      it('protocol/4 §7.3: can send input, and nonsense in it is only counted', async (t) => {
        const { viewer, events, peer } = await liveViewer(t, engine);
        const keyboard = await peer.channel('keyboard');
        const event: ViewerInput = { kind: 'key', down: true, modifiers: 1, virtualKey: 0x41 };
        const received = once(events, 'input');
        keyboard.sendMessageBinary(Buffer.from([9, 9, 9]));
        keyboard.sendMessage('text');
        keyboard.sendMessageBinary(encodeInput(event).data);
        assert.deepEqual((await received)[0], event);
        assert.equal(viewer.stats().malformed_messages, 2);
      });

      it('get rumble and text, and nothing else', async (t) => {
        const { viewer, peer } = await liveViewer(t, engine);
        await peer.channel('controllers');
        viewer.sendFeedback({ kind: 'rumble', id: 1, low: 2, high: 3 });
        const wanted = ['controllers 000100020003', 'general "ConnectionTerminated"'];
        while (!wanted.every((message) => peer.messages.includes(message))) {
          t.signal.throwIfAborted();
          // Dropped until the channel is open on this side too, for which there is no event.
          viewer.sendGeneral('ConnectionTerminated');
          await nextTurn();
        }
        assert.deepEqual([...new Set(peer.messages)].sort(), wanted);
      });

      it('learn of a poor host network when their channel opens', async (t) => {
        const statusesAfter = async (...statuses: ('Ok' | 'Poor')[]) => {
          const { viewer, events, peer } = joinViewer(t, engine);
          for (const status of statuses) viewer.sendGeneral({ ConnectionStatusUpdate: { status } });
          const connected = once(events, 'connected');
          peer.offer({ media: true });
          await connected;
          const last = 'general "ConnectionTerminated"';
          while (!peer.messages.includes(last)) {
            t.signal.throwIfAborted();
            viewer.sendGeneral('ConnectionTerminated');
            await nextTurn();
          }
          return peer.messages.filter((message) => message.startsWith('general') && message !== last);
        };
        assert.deepEqual(await statusesAfter('Poor'), ['general {"ConnectionStatusUpdate":{"status":"Poor"}}']);
        assert.deepEqual(await statusesAfter('Poor', 'Ok'), []);
      });

      it('are removed when they leave, without affecting others', async (t) => {
        const [a, b] = await Promise.all([liveViewer(t, engine), liveViewer(t, engine)]);
        // Data channels are up too, through which it says that it leaves.
        await a.peer.channel('keyboard');
        const closed = once(a.events, 'closed');
        a.peer.close();
        assert.deepEqual(await closed, [null]);
        assert.deepEqual(engine.sendVideo(picture(), [a.viewer]), [a.viewer]);
        assert.ok((await show(engine, b)).length > 0);
      });

      it('are removed if they send too many bytes in few packets', async (t) => {
        const { events, peer } = await liveViewer(t, engine);
        const closed = once(events, 'closed');
        // Feedback of a kind that is not read.
        const large = Buffer.alloc(1200);
        large.writeUInt32BE(0x9fcd_012b, 0);
        let isClosed = false;
        void closed.then(() => {
          isClosed = true;
        });
        for (let packet = 0; packet < 1900 && !isClosed; packet += 1) {
          peer.sendRtcp(large);
          await nextTurn();
        }
        assert.equal((await closed)[0]?.code, 'RATE_LIMITED');
      });

      it('are removed if they flood', async (t) => {
        const { events, peer } = await liveViewer(t, engine);
        const mouse = await peer.channel('mouse');
        const closed = once(events, 'closed');
        const move = Buffer.from(encodeInput({ kind: 'mouseMove', dx: 1, dy: 0 }).data);
        let isClosed = false;
        void closed.then(() => {
          isClosed = true;
        });
        while (!isClosed) {
          t.signal.throwIfAborted();
          for (let count = 0; count < 500 && mouse.isOpen(); count += 1) mouse.sendMessageBinary(move);
          await new Promise(setImmediate);
        }
        assert.equal((await closed)[0]?.code, 'RATE_LIMITED');
      });

      it('are renegotiated when the host changes to surround, and get stereo', async (t) => {
        const joined = await liveViewer(t, engine);
        const { viewer, events, peer } = joined;
        assert.equal(viewer.sound, 'unchanged');
        const answered = once(peer, 'description');
        const asked = once(events, 'signal');
        engine.setFormat({
          ...FORMAT,
          audio: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] },
        });
        assert.equal(viewer.sound, null);
        assert.ok((await show(engine, joined)).length > 0);
        assert.match(JSON.stringify(await asked), /"ty":"offer"/);
        await answered;
        assert.equal(viewer.sound, 'stereo mix');
        const received = once(peer, 'rtp');
        engine.sendAudio(sound(), [viewer]);
        assert.equal((await received)[0].payloadType, 111);
      });
    });
  });
