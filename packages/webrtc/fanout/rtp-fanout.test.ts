import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { loadNative } from '../native/load.ts';
import { UdpSocket } from '../socket/udp-socket.ts';
import { type FanoutViewer, type RefusedPackets, RtpFanout } from './rtp-fanout.ts';
import { SrtpReceiver } from './testing/srtp-receiver.ts';

const native = loadNative();
const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
const TIMESTAMP = 0x0a0b_0c0d;
const SSRC = 0x1122_3344;

/** Packets as the packetizers make them: the header that is shared, and random payload. */
function frame(sizes: readonly number[]): Buffer[] {
  return sizes.map((size, at) => {
    const packet = Buffer.concat([Buffer.alloc(20), randomBytes(size)]);
    packet.writeUInt16BE(at === sizes.length - 1 ? 0x9080 : 0x9000, 0);
    packet.writeUInt32BE(TIMESTAMP, 4);
    packet.writeUInt32BE(0xbede_0001, 12);
    return packet;
  });
}

/** What a viewer should get of a packet. */
function expected(packet: Buffer, at: number, viewer: FanoutViewer): Buffer {
  const header = Buffer.from(packet.subarray(0, 20));
  header[1]! |= viewer.payloadType;
  header.writeUInt16BE((viewer.sequence + at) % 2 ** 16, 2);
  header.writeUInt32BE(viewer.ssrc, 8);
  header[16] = (viewer.extensionId << 4) | 2;
  const twcc = Buffer.alloc(viewer.twccExtensionId === 0 ? 0 : 4);
  if (twcc.length > 0) {
    header.writeUInt16BE(2, 14);
    twcc[0] = (viewer.twccExtensionId << 4) | 1;
    twcc.writeUInt16BE((viewer.twcc + at) % 2 ** 16, 1);
  }
  return Buffer.concat([header, twcc, packet.subarray(20)]);
}

const viewerOf = (handle: number, more: Partial<FanoutViewer> = {}): FanoutViewer => ({
  handle,
  payloadType: 96,
  ssrc: SSRC,
  sequence: 100,
  extensionId: 5,
  twccExtensionId: 0,
  twcc: 0,
  ...more,
});

/** A fan-out, and what it reports. */
function open(address = '::') {
  const socket = UdpSocket.bind({ address, port: 0, receive() {} });
  const reports: [number, RefusedPackets][] = [];
  let reported = () => {};
  const fanout = new RtpFanout(socket, (handle, packets) => {
    reports.push([handle, packets]);
    reported();
  });
  const nextReport = (): Promise<void> =>
    new Promise((resolve) => {
      reported = resolve;
    });
  const close = () => {
    fanout.close();
    socket.close();
  };
  return { fanout, reports, nextReport, close };
}

const pathTo = ({ socket }: SrtpReceiver, address = '127.0.0.1') => ({ remote: { address, port: socket.port } });

describe('RtpFanout', { skip: 'reason' in native && native.reason }, () => {
  test('sends each viewer the same packets with its own keys, numbers and extensions', async () => {
    const { fanout, close } = open();
    const receivers = [
      new SrtpReceiver('127.0.0.1'),
      new SrtpReceiver(HAS_IPV6 ? '::1' : '127.0.0.1', 'AEAD_AES_256_GCM'),
      new SrtpReceiver('127.0.0.1', 'AES128_CM_SHA1_80'),
    ];
    const viewers = receivers.map((receiver, at) =>
      viewerOf(fanout.add(receiver.session, pathTo(receiver, HAS_IPV6 && at === 1 ? '::1' : '127.0.0.1')), {
        payloadType: 100 + at,
        ssrc: 0xffff_fff0 + at,
        sequence: 1000 * at,
        extensionId: at + 1,
        twccExtensionId: at === 0 ? 0 : 14,
        twcc: 65_535 - at,
      }),
    );
    // Runs of equal size, odd ones between them, the empty payload and the largest.
    const frames = [
      frame([1181, 1181, 1180, 1180, 1180, 7]),
      frame([0]),
      frame([2028, 1, 2028]),
      frame(Array(70).fill(900)),
    ];
    let before = 0;
    for (const packets of frames) {
      assert.equal(fanout.send(packets, viewers, { keep: true }), receivers.length);
      for (const [at, receiver] of receivers.entries()) {
        await receiver.until(before + packets.length);
        for (const [number, packet] of packets.entries())
          assert.deepEqual(receiver.open(before + number), expected(packet, number, viewers[at]!));
        viewers[at]!.sequence += packets.length;
        viewers[at]!.twcc = (viewers[at]!.twcc + packets.length) % 2 ** 16;
      }
      before += packets.length;
    }
    const { packets, bytes, reused } = fanout.stats();
    const all = receivers.flatMap((receiver) => receiver.packets);
    assert.deepEqual({ packets, bytes, reused }, { packets: all.length, bytes: Buffer.concat(all).length, reused: 0 });
    for (const receiver of receivers) receiver.close();
    close();
  });

  test('counts on beyond the last sequence number, and resends both sides of it byte for byte', async () => {
    const { fanout, close } = open();
    const receiver = new SrtpReceiver();
    const handle = fanout.add(receiver.session, pathTo(receiver));
    const viewer = viewerOf(handle, { sequence: 65_530, twccExtensionId: 3, twcc: 65_533 });
    const packets = frame(Array(12).fill(600));
    assert.equal(fanout.send(packets, [viewer], { keep: true }), 1);
    await receiver.until(12);
    for (const [at, packet] of packets.entries())
      assert.deepEqual(receiver.open(at, at < 6 ? 0 : 1), expected(packet, at, viewer));
    // Whatever the viewer has negotiated since: what it is sent again was encrypted with this header.
    fanout.send(frame([100]), [{ ...viewer, sequence: 6, payloadType: 97, extensionId: 9, twcc: 9 }], { keep: true });
    assert.equal(fanout.resend(handle, SSRC, [65_535, 3, 65_530, 5, 65_529, 7], null), 4);
    await receiver.until(17);
    for (const [at, first] of [5, 9, 0, 11].entries())
      assert.deepEqual(receiver.packets[13 + at], receiver.packets[first]);
    receiver.close();
    close();
  });

  test('never encrypts two packets with one number', async () => {
    const { fanout, close } = open();
    const receiver = new SrtpReceiver();
    const viewer = viewerOf(fanout.add(receiver.session, pathTo(receiver)));
    const send = (sequence: number, count = 1) =>
      fanout.send(frame(Array(count).fill(50)), [{ ...viewer, sequence }], { keep: true });
    assert.equal(send(100, 10), 1);
    for (const sequence of [100, 109, 99, 0, 109 + 0x8000]) assert.equal(send(sequence), 0, `sequence ${sequence}`);
    assert.equal(fanout.stats().reused, 5);
    // Not in another place of the same session either.
    const again = viewerOf(fanout.add(receiver.session, pathTo(receiver)), { sequence: 105 });
    assert.equal(fanout.send(frame([50]), [again], { keep: true }), 0);
    // A refused packet did not take the place of the one that has the number.
    assert.equal(fanout.resend(viewer.handle, SSRC, [109], null), 1);
    assert.equal(send(110), 1);
    // A gap, almost as large as one may be; and another stream counts for itself.
    assert.equal(send(110 + 0x7fff), 1);
    assert.equal(fanout.send(frame([50]), [{ ...viewer, ssrc: 7 }], { keep: false }), 1);
    await receiver.until(14);
    assert.deepEqual(receiver.packets[10], receiver.packets[9]);
    receiver.close();
    close();
  });

  test('resends in a stream of its own', async () => {
    const { fanout, close } = open();
    const receiver = new SrtpReceiver();
    const handle = fanout.add(receiver.session, pathTo(receiver));
    const viewer = viewerOf(handle, { twccExtensionId: 3, twcc: 10 });
    const packets = frame([500, 501, 502]);
    fanout.send(packets, [viewer], { keep: true });
    const rtx = { payloadType: 97, ssrc: 0x99, sequence: 65_535, twcc: 13 };
    assert.equal(fanout.resend(handle, SSRC, [102, 500, 100], rtx), 2);
    assert.equal(fanout.resend(handle, SSRC, [101], rtx), 0, 'its numbers are used up');
    await receiver.until(5);
    for (const [at, original] of [2, 0].entries()) {
      const packet = packets[original]!;
      const number = Buffer.alloc(2);
      number.writeUInt16BE(100 + original);
      const long = Buffer.concat([packet.subarray(0, 20), number, packet.subarray(20)]);
      assert.deepEqual(receiver.open(3 + at, at), expected(long, at, { ...viewer, ...rtx }));
    }
    receiver.close();
    close();
  });

  test('resends nothing that it did not keep, and nothing to those who are gone', () => {
    const { fanout, close } = open();
    const receiver = new SrtpReceiver();
    const handle = fanout.add(receiver.session, pathTo(receiver));
    fanout.send(frame([10]), [viewerOf(handle)], { keep: false });
    fanout.send(frame([10]), [viewerOf(handle, { ssrc: 1 })], { keep: true });
    assert.equal(fanout.resend(handle, SSRC, [100], null), 0);
    assert.equal(fanout.resend(handle, 1, [99, 101], null), 0);
    assert.equal(fanout.resend(handle, 1, [100], null), 1);
    assert.ok(fanout.remove(handle));
    assert.equal(fanout.resend(handle, 1, [100], null), 0);
    assert.equal(fanout.remove(handle), false);
    receiver.close();
    close();
  });

  test('gives no handle twice, and sends nothing by one that is gone', async () => {
    const { fanout, close } = open();
    const [gone, heir] = [new SrtpReceiver(), new SrtpReceiver()];
    const old = fanout.add(gone.session, pathTo(gone));
    fanout.remove(old);
    // Each place is given away again.
    const handles = Array.from({ length: 1024 }, () => fanout.add(heir.session, pathTo(heir)));
    assert.throws(() => fanout.add(heir.session, pathTo(heir)), { code: 'ERR_FANOUT_FULL' });
    assert.ok(!handles.includes(old));
    const sharing = handles.find((handle) => (handle & 0xffff) === (old & 0xffff))!;
    assert.equal(fanout.send(frame([10]), [viewerOf(old)], { keep: false }), 0);
    assert.equal(fanout.setPath(old, pathTo(gone)), false);
    assert.equal(fanout.send(frame([20]), [viewerOf(old), viewerOf(sharing)], { keep: false }), 1);
    await heir.until(1);
    assert.equal(heir.open(0)!.length, 40);
    assert.equal(gone.packets.length, 0);
    gone.close();
    heir.close();
    close();
  });

  test('follows a viewer to a new path, and reports where there is no way', async () => {
    const { fanout, reports, nextReport, close } = open('127.0.0.1');
    const receiver = new SrtpReceiver();
    const handle = fanout.add(receiver.session, { remote: { address: '::1', port: 9 } });
    const report = nextReport();
    fanout.send(frame([10, 10]), [viewerOf(handle)], { keep: true });
    await report;
    assert.deepEqual(reports, [[handle, { full: 0, tooLarge: 0, unreachable: 2 }]]);
    assert.ok(fanout.setPath(handle, { ...pathTo(receiver), local: '127.0.0.1' }));
    assert.equal(fanout.resend(handle, SSRC, [100, 101], null), 2);
    await receiver.until(2);
    assert.equal(receiver.open(1)!.readUInt16BE(2), 101);
    receiver.close();
    close();
  });

  test('takes nothing but packets with the shared header, and viewers with possible numbers', () => {
    const { fanout, close } = open();
    const receiver = new SrtpReceiver();
    const viewer = viewerOf(fanout.add(receiver.session, pathTo(receiver)));
    const invalid = { code: 'ERR_INVALID_ARG_VALUE' };
    const [good] = frame([10]);
    const broken = (at: number) => good!.map((byte, place) => (place === at ? byte ^ 0x20 : byte));
    for (const packet of [
      Buffer.alloc(0),
      good!.subarray(0, 19),
      Buffer.alloc(2049),
      broken(0),
      broken(12),
      broken(15),
    ])
      assert.throws(() => fanout.send([good!, packet], [viewer], { keep: true }), invalid);
    assert.throws(() => fanout.send([], [viewer], { keep: true }), invalid);
    for (const wrong of [
      { payloadType: 128 },
      { sequence: 65_536 },
      { extensionId: 0 },
      { extensionId: 15 },
      { twccExtensionId: 15 },
      { twccExtensionId: 5 },
      { twcc: 65_536 },
    ])
      assert.throws(() => fanout.send([good!], [{ ...viewer, ...wrong }], { keep: true }), invalid);
    assert.throws(() => fanout.add(receiver.session, { remote: { address: 'localhost', port: 1 } }), invalid);
    assert.equal(fanout.stats().packets, 0);
    receiver.close();
    close();
    assert.throws(() => fanout.stats(), { code: 'ERR_FANOUT_CLOSED' });
  });

  test('ends with its worker or its process in the middle of sending', async () => {
    const program = (end: string) => `
      import(${JSON.stringify(join(import.meta.dirname, 'rtp-fanout.ts'))}).then(async ({ RtpFanout }) => {
        const { UdpSocket } = await import(${JSON.stringify(join(import.meta.dirname, '../socket/udp-socket.ts'))});
        const { SrtpSession } = await import(${JSON.stringify(join(import.meta.dirname, '../srtp/session.ts'))});
        const socket = UdpSocket.bind({ address: '127.0.0.1', port: 0, receive() {} });
        const fanout = new RtpFanout(socket, () => {});
        const packet = Buffer.alloc(1200);
        packet[0] = 0x90;
        packet.writeUInt32BE(0xbede0001, 12);
        const packets = Array(100).fill(packet);
        const viewers = Array.from({ length: 100 }, () => ({
          handle: fanout.add(new SrtpSession('AEAD_AES_128_GCM', Buffer.alloc(28), Buffer.alloc(28)),
            { remote: { address: '127.0.0.1', port: socket.port } }),
          payloadType: 96, ssrc: 1, sequence: 0, extensionId: 1, twccExtensionId: 0, twcc: 0,
        }));
        if (fanout.send(packets, viewers, { keep: true }) !== 100) throw new Error('not sent');
        ${end}
      });`;
    const { status, signal, stderr } = spawnSync(process.execPath, ['-e', program('process.exit(7)')], {
      encoding: 'utf8',
    });
    assert.deepEqual({ status, signal, stderr }, { status: 7, signal: null, stderr: '' });
    const source = program(`require('node:worker_threads').parentPort.postMessage('sending')`);
    const worker = new Worker(source, { eval: true });
    await once(worker, 'message');
    await worker.terminate();
  });
});
