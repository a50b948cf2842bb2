import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PacketHistory, packetizeOpus, RtpVideoPacketizer, type StreamBinding, sendPatched } from '@moonshare/webrtc';
import { parseRtp } from '../../../fixtures/depacketize.ts';
import type { SendRtp } from './connection.ts';
import { AudioSender, VideoSender } from './media-sender.ts';
import type { VideoPart } from './video-dispatcher.ts';

const binding = { payloadType: 102, extensionId: 5, transportNumbersId: 0, rtx: null };
const other = { payloadType: 41, extensionId: 3, transportNumbersId: 0, rtx: null };
const header = { ssrc: 7, timestamp: 9 };

/** A slice that takes this many packets. */
const frame = (packets: number) => {
  const data = Buffer.concat([Buffer.of(0, 0, 0, 1, 0x41), Buffer.alloc(packets * 1170, 0xab)]);
  return new RtpVideoPacketizer('h264').packetize({ data, keyFrame: false }, header);
};

/** The packets as a whole frame, at `index` of the history. */
const part = (packets: readonly Buffer[], index: number, now = 0) => {
  return {
    index,
    now,
    keyFrame: false,
    isFirst: true,
    isLast: true,
    bytes: packets.reduce((sum, { length }) => sum + length, 0),
  };
};

/** A network that takes one packet after the other. */
const packetwise = (send: (packet: Buffer) => boolean): SendRtp => {
  return (packets, as, sequence) => sendPatched(packets, as, sequence, send);
};

function viewer(sequence: number) {
  const sent: { sequence: number; payloadType: number; payload: string }[] = [];
  const send = packetwise((packet) => {
    const rtp = parseRtp(packet);
    sent.push({ sequence: rtp.sequence, payloadType: rtp.payloadType, payload: rtp.payload.toString('hex') });
    return true;
  });
  const sender = new VideoSender(sequence);
  /** Reports packets as missing and resends what is due at once. */
  const resend = (sequences: readonly number[], history: PacketHistory, as: StreamBinding = binding, now = 0) => {
    sender.missing(sequences, now, null);
    return sender.resend(history, now, as, send);
  };
  return { sender, sent, send, resend };
}

describe('a packet that is resent in a stream of its own', () => {
  it('is sent, but not in the stream that sender reports are about', () => {
    const history = new PacketHistory();
    const { sender, send, resend } = viewer(100);
    const packets = frame(3);
    sender.send(packets, part(packets, history.append(packets, 0)), binding, send);
    const { bytes, own } = structuredClone(sender.sent);
    resend([101], history, { ...binding, rtx: { payloadType: 103, ssrc: 8 } });
    assert.deepEqual(sender.sent, { packets: 4, bytes: bytes + packets[1]!.length, own });
    resend([102], history);
    assert.equal(sender.sent.own.packets, 4);
  });
});

describe('a packet that cannot be resent', () => {
  it('is gone: only a key frame helps, until there was one', () => {
    const history = new PacketHistory();
    const { sender, send } = viewer(100);
    const packets = frame(3);
    sender.send(packets, part(packets, history.append(packets, 0)), binding, send);
    sender.missing([100], 0, null);
    assert.equal(sender.resend(history, 0, binding, () => false).isGone, true);
    assert.equal(sender.packetsResent, 0);
    sender.send(packets, { ...part(packets, history.append(packets, 0)), keyFrame: true }, binding, send);
    sender.missing([101], 0, null);
    assert.equal(sender.resend(history, 0, binding, () => false).isGone, false);
  });
});

describe('viewers of one stream', () => {
  it('protocol/4 §7.2: get the same packets, each with its own sequence numbers', () => {
    const history = new PacketHistory();
    const [a, b] = [viewer(0xffff), viewer(500)];
    const packets = frame(3);
    const index = history.append(packets, 0);
    a.sender.send(packets, part(packets, index), binding, a.send);
    b.sender.send(packets, part(packets, index), other, b.send);
    assert.deepEqual(
      a.sent.map(({ sequence, payloadType }) => [sequence, payloadType]),
      [
        [0xffff, 102],
        [0, 102],
        [1, 102],
      ],
    );
    assert.deepEqual(
      b.sent.map(({ sequence, payloadType }) => [sequence, payloadType]),
      [
        [500, 41],
        [501, 41],
        [502, 41],
      ],
    );
    assert.deepEqual(
      a.sent.map(({ payload }) => payload),
      b.sent.map(({ payload }) => payload),
    );
  });

  it('are resent what they ask for by their own numbers, also after missing a frame', () => {
    const history = new PacketHistory();
    const [a, b] = [viewer(10), viewer(500)];
    const first = frame(2);
    const firstIndex = history.append(first, 0);
    a.sender.send(first, part(first, firstIndex), binding, a.send);
    const second = frame(2);
    const secondIndex = history.append(second, 1);
    a.sender.send(second, part(second, secondIndex), binding, a.send);
    b.sender.send(second, part(second, secondIndex), other, b.send);
    const before = a.sent.splice(0);
    b.sent.splice(0);

    assert.equal(a.resend([11, 13], history).isGone, false);
    assert.deepEqual(a.sent, [before[1], before[3]]);
    assert.equal(b.resend([500], history, other).isGone, false);
    assert.deepEqual(b.sent, [{ ...before[2]!, sequence: 500, payloadType: 41 }]);
    assert.equal(a.sender.packetsResent, 2);
    assert.equal(a.sender.sent.packets, 6);
  });

  it('have no gap in their numbers after missing frames', () => {
    const history = new PacketHistory();
    const a = viewer(0);
    for (const isDue of [true, false, true]) {
      const packets = frame(2);
      const index = history.append(packets, 0);
      if (isDue) a.sender.send(packets, part(packets, index), binding, a.send);
    }
    assert.deepEqual(
      a.sent.map(({ sequence }) => sequence),
      [0, 1, 2, 3],
    );
    a.sent.splice(0);
    assert.equal(a.resend([0, 1], history).isGone, false);
    assert.deepEqual(a.sent, []);
  });

  it('need a key frame once the history has dropped the missing packets', () => {
    const history = new PacketHistory();
    const a = viewer(0);
    const packets = frame(1);
    a.sender.send(packets, part(packets, history.append(packets, 0)), binding, a.send);
    const later = frame(1);
    a.sender.send(later, part(later, history.append(later, 2500), 2500), binding, a.send);
    assert.equal(a.resend([0], history, binding, 2500).isGone, true);
    assert.equal(a.resend([1], history, binding, 2500).isGone, false);
  });

  it('need no key frame for packets lost before the last key frame', () => {
    const history = new PacketHistory();
    const a = viewer(0);
    const packets = frame(1);
    a.sender.send(packets, part(packets, history.append(packets, 0)), binding, a.send);
    const key = frame(1);
    const index = history.append(key, 2500);
    a.sender.send(key, { ...part(key, index, 2500), keyFrame: true }, binding, a.send);
    assert.equal(a.resend([0], history, binding, 2500).isGone, false);
  });

  it('cannot get more than their share resent', () => {
    const history = new PacketHistory();
    const a = viewer(0);
    const packets = frame(1);
    a.sender.send(packets, part(packets, history.append(packets, 0)), binding, a.send);
    for (let now = 0; now < 900; now += 1) a.resend([0], history, binding, now);
    assert.ok(a.sender.packetsResent < 150, String(a.sender.packetsResent));
  });

  it('are resent a whole frame of 5 MB, not in one burst, and each packet once per round trip', () => {
    const history = new PacketHistory();
    const a = viewer(60_000);
    const packets = frame(4_300);
    a.sender.send(packets, part(packets, history.append(packets, 0)), binding, a.send);
    const wanted = a.sent.splice(0).map(({ sequence }) => sequence);
    let now = 100;
    for (let from = 0; from < wanted.length; from += 1000)
      a.resend(wanted.slice(from, from + 1000), history, binding, now);
    a.resend(wanted, history, binding, now);
    assert.ok(a.sent.length < 60, `${a.sent.length} packets at once`);
    for (let left = true; left; ) {
      const before = a.sent.length;
      now += 1;
      const { isGone, wakeAt } = a.sender.resend(history, now, binding, a.send);
      assert.equal(isGone, false);
      assert.ok(a.sent.length - before < 30, 'a millisecond’s share');
      left = wakeAt !== Number.POSITIVE_INFINITY;
    }
    assert.ok(now < 600, `${now} ms`);
    assert.deepEqual(
      a.sent.map(({ sequence }) => sequence),
      wanted,
    );
  });

  it('report if none of their large packets can be sent', () => {
    const history = new PacketHistory();
    const { sender } = viewer(0);
    const taken = (bytes: number[], send: (packet: Buffer) => boolean) => {
      const packets = bytes.map((size) => Buffer.alloc(size));
      return sender.send(packets, part(packets, history.append(packets, 0)), binding, packetwise(send));
    };
    const only = (most: number) => (packet: Buffer) => packet.length <= most;
    assert.equal(taken([1200, 1420, 1420], only(1200)), false);
    assert.equal(taken([1200, 1420, 1420], only(1420)), true);
    assert.equal(
      taken([1200, 1200], () => false),
      true,
    );
    let left = 2;
    // A full socket takes none for now.
    assert.equal(
      taken([1420, 1420, 1420], () => left-- > 0),
      true,
    );
  });

  it('report if part of a key frame that was sent in parts is resent', () => {
    const history = new PacketHistory();
    const a = viewer(0);
    const now = 0;
    const send = (packets: readonly Buffer[], changes: Partial<VideoPart>) => {
      const whole = part(packets, history.append(packets, now));
      a.sender.send(packets, { ...whole, ...changes }, binding, a.send);
    };
    const mends = (sequence: number) => a.resend([sequence], history).includesKeyFrame;
    send(frame(2), { keyFrame: true });
    assert.equal(mends(0), false);
    send(frame(2), {});
    send(frame(2), { keyFrame: true, isLast: false });
    send(frame(2), { keyFrame: true, isFirst: false });
    send(frame(2), {});
    assert.deepEqual([2, 3, 4, 5, 6, 7, 8].map(mends), [false, false, true, true, true, true, false]);
  });

  it('number sound from a start of their own, with the gaps and wraps of what they get', () => {
    const [audio, numbers] = [new AudioSender(100), [] as number[]];
    const take: SendRtp = (_packets, _binding, sequence) => numbers.push(sequence) > 0;
    const packet = packetizeOpus(Buffer.alloc(60), header, false);
    for (const sequence of [65_534, 65_535, 2, 1]) audio.send(packet, sequence, binding, take);
    assert.deepEqual(numbers, [100, 101, 104, 103]);
  });

  it('count packets and payload as sender reports do', () => {
    const audio = new AudioSender(0);
    audio.send(packetizeOpus(Buffer.alloc(60), header, false), 3, binding, () => true);
    assert.deepEqual(audio.sent, { packets: 1, bytes: 80, own: { packets: 1, payloadBytes: 60 } });
  });
});
