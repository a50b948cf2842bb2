import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseVideoDatagram } from './datagram.ts';
import { VideoReceiver, type VideoReceiverOptions } from './receiver.ts';
import { framesOf, lossesOf, type SentFrame, sendFrames, V1_DATAGRAMS } from './testing/streams.ts';

function receiver(options: Partial<VideoReceiverOptions> = {}): VideoReceiver {
  return new VideoReceiver({ codec: 'h264', maxDatagram: 1408, ...options });
}

function run(video: VideoReceiver, datagrams: Buffer[], now = 0): number[] {
  return datagrams.flatMap((datagram) => framesOf(video.receive(datagram, now)).map((frame) => frame.frameIndex));
}

const all = (frames: SentFrame[]) => frames.flatMap((frame) => frame.datagrams);

test('a host that starts over at frame 1 is followed, and its first frames are not lost', () => {
  const video = receiver();
  run(video, all(sendFrames({ firstFrame: 5000, firstSequence: 777 }, [100, 100])));
  const again = sendFrames({}, [100, 100, 100, 100]);
  assert.deepEqual(run(video, again[0]!.datagrams), []);
  assert.deepEqual(run(video, again[1]!.datagrams), []);
  assert.deepEqual(run(video, again[2]!.datagrams), [1, 2, 3]);
  assert.deepEqual(run(video, again[3]!.datagrams), [4]);
  assert.equal(video.stats().resynchronisations, 1);
});

test('a far jump forward is followed if it persists, and incomplete frames are lost', () => {
  const video = receiver();
  video.receive(sendFrames({}, [100])[0]!.datagrams[0]!, 1);
  const later = all(sendFrames({ firstFrame: 602 }, [20, 20, 20]));
  const outputs = later.map((datagram) => video.receive(datagram, 2));
  assert.deepEqual(
    outputs.flatMap((output) => lossesOf(output)),
    [{ frameIndex: 1, received: true, receivedAt: 1 }],
  );
  assert.deepEqual(
    outputs.flatMap((output) => framesOf(output).map((frame) => frame.frameIndex)),
    [602, 603, 604],
  );
});

test("forged frames far from the stream's numbers change nothing while the stream goes on", () => {
  const video = receiver();
  const real = sendFrames({}, new Array(10).fill(60));
  const forged = sendFrames({ firstFrame: 90000 }, new Array(10).fill(60));
  const got = real.flatMap((frame, at) => [
    ...run(video, [...frame.datagrams, forged[at]!.datagrams[0]!, forged[at]!.datagrams[1]!]),
  ]);
  assert.deepEqual(got, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(video.stats().implausible, 20);
  assert.equal(video.stats().resynchronisations, 0);
});

test('datagrams that contradict their block are dropped, and the block completes without them', () => {
  const wrong = (change: (datagram: Buffer) => void, index = 1) => {
    const datagram = Buffer.from(V1_DATAGRAMS[index]!);
    change(datagram);
    return datagram;
  };
  const info = (k: number, index: number, percentage: number) => ((k << 22) | (index << 12) | (percentage << 4)) >>> 0;
  const invalid = [
    wrong((one) => one.writeUInt16BE(0x1240, 2)),
    wrong((one) => one.writeUInt32LE(info(4, 1, 66), 28)),
    wrong((one) => one.writeUInt32LE(info(3, 1, 50), 28)),
    wrong((one) => one.writeUInt32LE(info(3, 5, 66), 28)),
    wrong((one) => one.writeUInt32LE(info(0, 0, 66), 28)),
    wrong((one) => one.writeUInt8(0x40, 27)),
    wrong((one) => one.writeUInt8(0x10, 27)),
    wrong((one) => one.writeUInt8(0x80, 0)),
    Buffer.concat([V1_DATAGRAMS[1]!, Buffer.alloc(1)]),
    V1_DATAGRAMS[1]!.subarray(0, 47),
    V1_DATAGRAMS[1]!.subarray(0, 32),
    Buffer.alloc(0),
    Buffer.alloc(1409, 0x90),
  ];
  for (const [at, datagram] of invalid.entries()) {
    const video = receiver();
    assert.deepEqual(run(video, [V1_DATAGRAMS[0]!, datagram]), []);
    assert.equal(video.stats().invalid, 1, `case ${at}`);
    assert.deepEqual(run(video, V1_DATAGRAMS.slice(1, 3)), [7], `case ${at}`);
  }
});

test('a frame is lost at once if its repaired shards are implausible', () => {
  for (const damage of [17, 24]) {
    const parity = Buffer.from(V1_DATAGRAMS[3]!);
    parity[damage]! ^= 0xff;
    const video = receiver();
    video.receive(V1_DATAGRAMS[1]!, 0);
    video.receive(V1_DATAGRAMS[2]!, 0);
    const output = video.receive(parity, 0);
    assert.deepEqual(framesOf(output), []);
    assert.deepEqual(lossesOf(output), [{ frameIndex: 7, received: true, receivedAt: 0 }]);
  }
});

test('a frame larger than 8 MiB is given up', () => {
  const shard = (frame: number, block: number, index: number) => {
    const datagram = Buffer.alloc(9000, 1);
    datagram[0] = 0x90;
    datagram.writeUInt16BE((block * 1023 + index) & 0xffff, 2);
    datagram.writeUInt32LE(frame, 20);
    datagram[27] = 0xc0 | (block << 4);
    datagram.writeUInt32LE(((1023 << 22) | (index << 12)) >>> 0, 28);
    return datagram;
  };
  const video = receiver({ maxDatagram: 9000 });
  let lost = 0;
  for (let i = 0; i < 933; i += 1) lost += lossesOf(video.receive(shard(1, i % 4, Math.floor(i / 4)), 0)).length;
  assert.equal(lost, 1);
});

test('waiting frames are limited in bytes, whatever the hold', () => {
  const video = receiver({ maxDatagram: 65535, hold: { frames: 1e9, ms: Number.POSITIVE_INFINITY } });
  const datagram = Buffer.alloc(65535, 1);
  datagram[0] = 0x90;
  datagram[27] = 0;
  let lost = 0;
  for (let frame = 1; frame <= 520; frame += 1) {
    datagram.writeUInt32LE(frame, 20);
    datagram.writeUInt32LE(((2 << 22) | (0 << 12)) >>> 0, 28);
    lost += lossesOf(video.receive(Buffer.from(datagram), 0)).length;
  }
  assert.equal(lost, 520 - 512);
});

test('random bytes, and damaged real datagrams, never throw', () => {
  const real = all(sendFrames({}, [100, 500, 20]));
  const damaged = fc
    .record({ at: fc.nat(real.length - 1), offset: fc.nat(79), value: fc.nat(255), cut: fc.nat(90) })
    .map(({ at, offset, value, cut }) => {
      const datagram = Buffer.from(real[at]!.subarray(0, cut));
      if (offset < datagram.length) datagram[offset] = value;
      return datagram;
    });
  const header = fc.uint8Array({ minLength: 30, maxLength: 60 }).map((bytes) => {
    const datagram = Buffer.from(bytes);
    datagram[0] = 0x90;
    return datagram;
  });
  const noise = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(fc.oneof(damaged, header, noise), { maxLength: 60 }), fc.boolean(), (datagrams, encrypted) => {
      const key = encrypted ? Buffer.alloc(16) : undefined;
      const video = receiver({ key, codec: encrypted ? 'av1' : 'h264' });
      for (const [now, datagram] of datagrams.entries()) {
        parseVideoDatagram(datagram);
        const output = video.receive(datagram, now);
        assert.ok(output.wakeAt >= now);
      }
      video.advance(Number.POSITIVE_INFINITY);
      assert.equal(video.stats().datagrams, datagrams.length);
    }),
    { numRuns: 300 },
  );
});

test('despite loss, duplicates and reordering, every frame with enough shards is emitted unchanged and in order', () => {
  const scenario = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 12 }),
    fecPercentage: fc.constantFrom(0, 10, 20, 100, 255),
    packetSize: fc.constantFrom(32, 64, 100),
    seed: fc.integer(),
    loss: fc.constantFrom(0, 0.05, 0.2),
  });
  fc.assert(
    fc.property(scenario, ({ sizes, fecPercentage, packetSize, seed, loss }) => {
      let state = seed >>> 0;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      const sent = sendFrames({ fecPercentage, packetSize }, sizes);
      const blocks = new Map<string, { have: number; need: number }>();
      const wire: { order: number; datagram: Buffer }[] = [];
      let position = 0;
      for (const frame of sent) {
        for (const datagram of frame.datagrams) {
          const { block, dataShards } = parseVideoDatagram(datagram)!;
          const key = `${frame.frameIndex} ${block}`;
          const entry = blocks.get(key) ?? { have: 0, need: dataShards };
          blocks.set(key, entry);
          position += 1;
          if (random() < loss) continue;
          entry.have += 1;
          wire.push({ order: position + random() * 40, datagram });
          if (random() < 0.1) wire.push({ order: position + random() * 40, datagram });
        }
      }
      wire.sort((a, b) => a.order - b.order);
      const video = receiver({ hold: { frames: 100, ms: 1000, startFrames: 13 } });
      const got = [];
      for (const { datagram } of wire) got.push(...framesOf(video.receive(datagram, 0)));
      got.push(...framesOf(video.advance(Number.POSITIVE_INFINITY)));
      const complete = sent.filter((frame) =>
        [...blocks].every(([key, { have, need }]) => !key.startsWith(`${frame.frameIndex} `) || have >= need),
      );
      assert.deepEqual(
        got.map((frame) => [frame.frameIndex, frame.data]),
        complete.map((frame) => [frame.frameIndex, frame.data]),
      );
    }),
    { numRuns: 150 },
  );
});
