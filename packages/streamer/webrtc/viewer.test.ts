import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  encodeInput,
  type MoonshareError,
  type Negotiation,
  type ServerSignal,
  type ViewerInput,
} from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { StreamFormat, Viewer } from '../viewer/types.ts';
import { createWebRtcEngine, type WebRtcEngine } from './engine.ts';
import type { RtpPacket } from './testing/depacketize.ts';
import { depacketizeH264 } from './testing/depacketize.ts';
import { NativePeer } from './testing/native-peer.ts';
import { FORMAT } from './testing/playback.ts';
import { isMedia, UdpRelay } from './testing/udp-relay.ts';

interface Told {
  signal: [ServerSignal];
  connected: [];
  input: [ViewerInput];
  keyFrameNeeded: [];
  closed: [MoonshareError | null];
}

type Hold = (message: Negotiation, pass: (message: Negotiation) => void) => void;

const VIDEO_SSRC = /a=ssrc:(\d+) msid:moonshare video/;
const slice = (type: number, fill: number, bytes = 3000) =>
  Buffer.concat([Buffer.of(0, 0, 0, 1, type), Buffer.alloc(bytes, fill)]);
const sps = Buffer.from('0000000167640 02aac'.replace(' ', ''), 'hex');
const pps = Buffer.from('0000000168ee3c80', 'hex');
let frames = 0;
let packets = 0;

function unit(keyFrame: boolean, fill = 0xab): AccessUnit {
  frames += 1;
  const data = keyFrame ? Buffer.concat([sps, pps, slice(0x65, fill)]) : slice(0x41, fill);
  return { frameIndex: frames, keyFrame, data, hostTimestamp: 0, receivedAt: performance.now(), hostLatency: 0 };
}

function sound(): AudioPacket {
  packets += 1;
  const data = Buffer.from('fc0102', 'hex');
  return { sequence: packets, data, durationMs: 5, receivedAt: performance.now(), recovered: false };
}

describe('viewers', () => {
  let engine: WebRtcEngine;
  const peers: NativePeer[] = [];

  before(async () => {
    engine = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 8 });
    engine.setFormat(FORMAT);
  });
  afterEach(() => {
    for (const peer of peers.splice(0)) peer.close();
  });
  after(() => engine.close());

  /**
   * A viewer whose browser is another WebRTC implementation. `hold` may hold back what the browser signals; with a relay
   * all packets go through it.
   */
  function join({ to = engine, hold, relay }: { to?: WebRtcEngine; hold?: Hold; relay?: UdpRelay } = {}) {
    const told = new EventEmitter<Told>();
    const peer = new NativePeer('browser');
    peers.push(peer);
    const signals: ServerSignal[] = [];
    const viewer = to.addViewer({
      id: `viewer-${peers.length}`,
      role: 'full',
      events: {
        signal: (message) => {
          signals.push(message);
          told.emit('signal', message);
          const translated = relay === undefined ? message : relay.translate(message);
          if (translated !== null) peer.receive(translated);
        },
        connected: () => told.emit('connected'),
        input: (event) => told.emit('input', event),
        keyFrameNeeded: () => told.emit('keyFrameNeeded'),
        closed: (error) => {
          told.emit('closed', error);
          peer.close();
        },
      },
    });
    peer.on('signal', (message) => {
      if (relay !== undefined && !('Description' in message)) return;
      if (hold === undefined) viewer.signal(message);
      else hold(message, (each) => viewer.signal(each));
    });
    return { viewer, told, peer, signals };
  }

  async function live(options: { media?: boolean; relay?: UdpRelay } = {}) {
    const joined = join(options.relay === undefined ? {} : { relay: options.relay });
    // Each side is ready by itself: the last word of the handshake may still be under way to the browser.
    const ready = Promise.all([once(joined.told, 'connected'), once(joined.peer, 'open')]);
    joined.peer.offer({ media: options.media ?? true });
    await ready;
    return joined;
  }

  const ssrcOf = (signals: ServerSignal[]) => Number(VIDEO_SSRC.exec(JSON.stringify(signals))?.[1]);

  /** Sends a picture and gives what of it arrives, up to the marker. */
  async function show(viewer: Viewer, peer: NativePeer, frame = unit(true)): Promise<RtpPacket[]> {
    const packets: RtpPacket[] = [];
    const whole = new Promise<RtpPacket[]>((resolve) => {
      const take = (packet: RtpPacket) => {
        packets.push(packet);
        if (packet.marker) {
          peer.off('rtp', take);
          resolve(packets);
        }
      };
      peer.on('rtp', take);
    });
    assert.deepEqual(engine.sendVideo(frame, [viewer]), []);
    return whole;
  }

  describe('that offer', () => {
    it('media get a picture as it was sent, and sound', async () => {
      const { viewer, peer } = await live();
      const packets = await show(viewer, peer);
      const units = depacketizeH264(packets.map(({ payload }) => payload));
      assert.deepEqual(units, [sps.subarray(4), pps.subarray(4), slice(0x65, 0xab).subarray(4)]);
      assert.ok(packets.every(({ payloadType }) => payloadType === 96));

      const heard = once(peer, 'rtp');
      engine.sendAudio(sound(), [viewer]);
      const [rtp] = await heard;
      assert.equal(rtp.payloadType, 111);
      assert.equal(rtp.payload.toString('hex'), 'fc0102');
    });

    it('data channels only get media by an offer of ours', async () => {
      const { viewer, peer, signals } = await live({ media: false });
      const kinds = signals.flatMap((signal) =>
        typeof signal === 'object' && 'Signaling' in signal && 'Description' in signal.Signaling
          ? [signal.Signaling.Description.ty]
          : [],
      );
      assert.deepEqual(kinds, ['answer', 'offer']);
      assert.equal((await show(viewer, peer)).at(-1)?.marker, true);
    });

    it('nothing get an offer', async () => {
      const { viewer, told, peer } = join();
      await Promise.all([once(told, 'connected'), once(peer, 'open')]);
      assert.equal((await show(viewer, peer)).at(-1)?.marker, true);
    });

    it('and send their candidates first are heard', async () => {
      const held: Negotiation[] = [];
      let candidates = 0;
      const { told, peer } = join({
        hold: (message, pass) => {
          if ('Description' in message) held.push(message);
          else {
            candidates += 1;
            pass(message);
            for (const each of held.splice(0)) pass(each);
          }
        },
      });
      const connected = once(told, 'connected');
      peer.offer({ media: true });
      await connected;
      assert.ok(candidates > 0);
    });

    it('a codec that is not the stream’s are told so', async () => {
      const { told, peer } = join();
      const closed = once(told, 'closed');
      peer.offer({ media: true, codec: 'vp8' });
      assert.equal((await closed)[0]?.code, 'CODEC_UNSUPPORTED');
    });

    it('nonsense are told so', async () => {
      const { viewer, told } = join();
      const closed = once(told, 'closed');
      viewer.signal({ Description: { ty: 'offer', sdp: 'nonsense' } });
      assert.equal((await closed)[0]?.code, 'BAD_REQUEST');
      viewer.signal({ Description: { ty: 'offer', sdp: 'nonsense' } });
      viewer.close(null);
      assert.equal(viewer.stats().state, 'closed');
    });
  });

  describe('that are connected', () => {
    it('get their own numbers, without gaps after frames they were left out of', async () => {
      const a = await live();
      const b = await live();
      const first = (await show(a.viewer, a.peer)).at(-1)!;
      await show(b.viewer, b.peer);
      const [next] = await show(a.viewer, a.peer);
      assert.equal(next?.sequence, (first.sequence + 1) & 0xffff);
      assert.ok(((next!.timestamp - first.timestamp) | 0) > 0);
    });

    it('get packets again that were lost on the way', async (t) => {
      const relay = await UdpRelay.create(engine.port);
      t.after(() => relay.close());
      const { viewer, peer, signals } = await live({ relay });
      let media = 0;
      relay.losesFromEngine = (datagram) => isMedia(datagram) && ++media === 2;
      const packets = await show(viewer, peer);
      const again = once(peer, 'rtp');
      peer.sendRtcp(nack(ssrcOf(signals), (packets[0]!.sequence + 1) & 0xffff));
      const [rtp] = await again;
      const payloads = [packets[0]!, rtp, ...packets.slice(1)].map(({ payload }) => payload);
      assert.deepEqual(depacketizeH264(payloads).at(-1), slice(0x65, 0xab).subarray(4));
      const { nacksReceived, packetsResent } = viewer.stats();
      assert.deepEqual({ nacksReceived, packetsResent }, { nacksReceived: 1, packetsResent: 1 });
    });

    it('go silent without a word are let go long before ICE notices', async (t) => {
      const relay = await UdpRelay.create(engine.port);
      t.after(() => relay.close());
      const { told, viewer } = await live({ relay });
      relay.isCut = true;
      const cutAt = performance.now();
      const [error] = await once(told, 'closed');
      assert.equal(error?.code, 'VIEWER_SILENT');
      assert.ok(performance.now() - cutAt < 20_000);
      assert.equal(viewer.stats().state, 'closed');
    });

    it('may ask for a key frame', async () => {
      const { viewer, told, peer, signals } = await live();
      for (const request of [pli, fir]) {
        const needed = once(told, 'keyFrameNeeded');
        peer.sendRtcp(request(ssrcOf(signals)));
        await needed;
      }
      assert.equal(viewer.stats().plisReceived, 2);
    });

    it('hear from sender reports what time it is, and say how far away they are', async () => {
      const { viewer, told, peer, signals } = await live();
      const reported = once(peer, 'rtcp');
      await show(viewer, peer);
      const [report] = await reported;
      assert.equal(report[1], 200);
      const answer = Buffer.alloc(32);
      answer.writeUInt32BE(0x81c9_0007, 0);
      answer.writeUInt32BE(ssrcOf(signals), 8);
      answer[12] = 64;
      answer.writeUInt32BE((report.readUInt32BE(8) % 0x10000) * 0x10000 + (report.readUInt32BE(12) >>> 16), 24);
      peer.sendRtcp(answer);
      // RTCP comes in order: the report has been read when the request after it is answered.
      const needed = once(told, 'keyFrameNeeded');
      peer.sendRtcp(pli(ssrcOf(signals)));
      await needed;
      const { rttMs, fractionLost } = viewer.stats();
      assert.ok(rttMs !== null && rttMs >= 0 && rttMs < 10_000, String(rttMs));
      assert.equal(fractionLost, 0.25);
    });

    it('send input, of which what makes no sense hurts nobody', async () => {
      const { viewer, told, peer } = await live();
      const keyboard = await peer.channel('keyboard');
      const event: ViewerInput = { kind: 'key', down: true, modifiers: 1, virtualKey: 0x41 };
      const heard = once(told, 'input');
      keyboard.sendMessageBinary(Buffer.from([9, 9, 9]));
      keyboard.sendMessage('text');
      keyboard.sendMessageBinary(encodeInput(event).data);
      assert.deepEqual((await heard)[0], event);
      assert.equal(viewer.stats().malformedMessages, 2);
    });

    it('feel rumble, know about touch, and get text', async () => {
      const { viewer, peer } = await live();
      const messages: string[] = [];
      const all = new Promise<void>((resolve) =>
        peer.on('message', (label, data) => {
          messages.push(`${label} ${typeof data === 'string' ? data : data.toString('hex')}`);
          if (messages.length === 3) resolve();
        }),
      );
      await peer.channel('controllers');
      viewer.sendFeedback({ kind: 'rumble', id: 1, low: 2, high: 3 });
      await peer.channel('general');
      viewer.sendGeneral('ConnectionTerminated');
      await all;
      assert.deepEqual(messages.sort(), ['controllers 000100020003', 'general "ConnectionTerminated"', 'touch 01']);
    });

    it('that leave are gone, and the others do not notice', async () => {
      const a = await live();
      const b = await live();
      const closed = once(a.told, 'closed');
      a.peer.close();
      assert.deepEqual(await closed, [null]);
      assert.deepEqual(engine.sendVideo(unit(true), [a.viewer]), [a.viewer]);
      assert.ok((await show(b.viewer, b.peer)).length > 0);
    });

    it('and flood are removed', async () => {
      const { told, peer } = await live();
      const mouse = await peer.channel('mouse');
      const closed = once(told, 'closed');
      const move = Buffer.from(encodeInput({ kind: 'mouseMove', dx: 1, dy: 0 }).data);
      let isClosed = false;
      void closed.then(() => {
        isClosed = true;
      });
      while (!isClosed) {
        for (let count = 0; count < 500 && mouse.isOpen(); count += 1) mouse.sendMessageBinary(move);
        await new Promise(setImmediate);
      }
      assert.equal((await closed)[0]?.code, 'RATE_LIMITED');
    });

    it('lose the sound while it is one they cannot play, and get it back', async () => {
      const { viewer, told, peer } = await live();
      engine.setFormat({
        ...FORMAT,
        audio: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] },
      });
      assert.ok((await show(viewer, peer)).length > 0);
      const { packetsSent } = viewer.stats();
      engine.sendAudio(sound(), [viewer]);
      assert.equal(viewer.stats().packetsSent, packetsSent);

      const answered = once(peer, 'description');
      const asked = once(told, 'signal');
      engine.setFormat(FORMAT);
      assert.match(JSON.stringify(await asked), /"ty":"offer"/);
      await answered;
      const heard = once(peer, 'rtp');
      engine.sendAudio(sound(), [viewer]);
      assert.equal((await heard)[0].payloadType, 111);
    });
  });

  describe('of an engine', () => {
    it('are as many as allowed, share a port that takes garbage, and end with it', async () => {
      const small = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 1 });
      small.setFormat(FORMAT);
      const { told, peer } = join({ to: small });
      assert.throws(() => join({ to: small }), { code: 'VIEWER_LIMIT' });
      const connected = once(told, 'connected');
      const socket = createSocket('udp4');
      const stunStart = Buffer.from('000100002112a442', 'hex');
      for (const garbage of [
        Buffer.alloc(0),
        Buffer.alloc(1),
        Buffer.alloc(1400, 0x80),
        stunStart,
        Buffer.alloc(60, 0x16),
      ])
        await new Promise((resolve) => socket.send(garbage, small.port, '127.0.0.1', resolve));
      socket.close();
      peer.offer({ media: true });
      await connected;
      const closed = once(told, 'closed');
      await small.close();
      assert.deepEqual(await closed, [null]);
      assert.throws(() => join({ to: small }), { code: 'SHUTTING_DOWN' });
    });

    it('cannot be had on a port that is taken', async () => {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const { port } = socket.address();
      await assert.rejects(
        createWebRtcEngine({ iceServers: [], udpPort: port, bindAddress: '127.0.0.1', maxViewers: 1 }),
        {
          code: 'UDP_PORTS_EXHAUSTED',
        },
      );
      socket.close();
    });

    it('that knows its stream later are connected then', async () => {
      const late = await createWebRtcEngine({ iceServers: [], udpPort: 0, maxViewers: 1, bindAddress: '127.0.0.1' });
      const { told, peer, viewer } = join({ to: late });
      const answered = once(told, 'signal');
      peer.offer({ media: true });
      await answered;
      await peer.channel('keyboard');
      assert.equal(viewer.stats().state, 'negotiating');
      const connected = once(told, 'connected');
      late.setFormat({ ...FORMAT, touch: false } satisfies StreamFormat);
      await connected;
      await late.close();
    });
  });
});

function feedback(type: number, format: number, ssrc: number, rest: Buffer): Buffer {
  const packet = Buffer.alloc(12);
  packet[0] = 0x80 | format;
  packet[1] = type;
  packet.writeUInt16BE(2 + rest.length / 4, 2);
  packet.writeUInt32BE(ssrc, 8);
  return Buffer.concat([packet, rest]);
}

function nack(ssrc: number, sequence: number): Buffer {
  return feedback(205, 1, ssrc, Buffer.of(sequence >> 8, sequence & 0xff, 0, 0));
}

function pli(ssrc: number): Buffer {
  return feedback(206, 1, ssrc, Buffer.alloc(0));
}

function fir(ssrc: number): Buffer {
  const entry = Buffer.alloc(8);
  entry.writeUInt32BE(ssrc, 0);
  return feedback(206, 4, 0, entry);
}
