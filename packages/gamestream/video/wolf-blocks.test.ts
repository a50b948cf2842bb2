import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAG_END, FLAG_PICTURE, FLAG_START, parseVideoDatagram, streamPacketIndex } from './datagram.ts';
import { VideoPacketizer } from './packetizer.ts';
import { VideoReceiver } from './receiver.ts';
import { framesOf, lossesOf } from './testing/streams.ts';

const PACKET_SIZE = 64;
const VERSION = { parts: [7, 1, 431, -1] as [number, number, number, number], sunshine: true };

function wolf(): VideoPacketizer {
  return new VideoPacketizer({
    variant: 'wolf',
    packetSize: PACKET_SIZE,
    fecPercentage: 20,
    minParity: 2,
    firstFrame: 0,
  });
}

/** A frame of exactly this many data shards. */
function frame(shards: number, keyFrame = true) {
  const data = Buffer.alloc(shards * (PACKET_SIZE - 16) - 8, 0x55);
  data.write(keyFrame ? '0000000165' : '0000000141', 'hex');
  return { data, keyFrame, timestamp: 0, latency: 0 };
}

test('a frame of more than 90 data shards becomes three blocks with continuous numbers, marked only at the ends of the frame', () => {
  const host = wolf();
  assert.ok(host.packetize(frame(90)).datagrams.every((one) => parseVideoDatagram(one)!.lastBlock === 0));
  const { datagrams } = host.packetize(frame(91, false));
  const parsed = datagrams.map((one) => parseVideoDatagram(one)!);
  const shapes = [0, 1, 2].map((block) => {
    const own = parsed.filter((one) => one.block === block);
    return [own.length, own[0]!.dataShards, own[0]!.parityShards, own[0]!.fecPercentage];
  });
  assert.deepEqual(shapes, [
    [38, 31, 7, 20],
    [38, 31, 7, 20],
    [35, 29, 6, 20],
  ]);
  const data = parsed.filter(({ shardIndex, dataShards }) => shardIndex < dataShards).map(({ bytes }) => bytes);
  // The first frame had 90 data and 18 parity shards.
  assert.deepEqual(
    data.map(streamPacketIndex),
    data.map((_, i) => 108 + i),
  );
  const flags = [...data.map((one) => one[24]!)];
  assert.equal(flags.shift(), FLAG_PICTURE | FLAG_START);
  assert.equal(flags.pop(), FLAG_PICTURE | FLAG_END);
  assert.ok(flags.every((flag) => flag === FLAG_PICTURE));
});

test('blocks too long for the code are sent without parity, as one block', () => {
  const { datagrams } = wolf().packetize(frame(639));
  const parsed = datagrams.map((one) => parseVideoDatagram(one)!);
  assert.deepEqual(
    parsed.map(({ shardIndex }) => shardIndex),
    Array.from({ length: 639 }, (_, i) => i),
  );
  assert.ok(parsed.every((one) => one.dataShards === 639 && one.parityShards === 0 && one.lastBlock === 0));
});

test('with 640 data shards the headers contradict each other', () => {
  const { datagrams } = wolf().packetize(frame(640));
  const stated = new Set(datagrams.map((one) => parseVideoDatagram(one)!.dataShards));
  assert.deepEqual([...stated], [640, 212]);
});

for (const { shards, drop } of [
  { shards: 1, drop: 2 },
  { shards: 91, drop: 6 },
  { shards: 636, drop: 40 },
  { shards: 639, drop: 0 },
]) {
  test(`a frame of ${shards} data shards with ${drop} lost in each block is received, and so is the next`, () => {
    const host = wolf();
    const receiver = new VideoReceiver({ codec: 'h264', maxDatagram: 2048, appVersion: VERSION });
    const sent = [frame(shards), frame(3, false)];
    const given = sent.flatMap((one) =>
      host.packetize(one).datagrams.flatMap((datagram, now) => {
        const { shardIndex, dataShards, parityShards } = parseVideoDatagram(datagram)!;
        const lost = parityShards >= drop && shardIndex < Math.min(drop, dataShards);
        return lost ? [] : framesOf(receiver.receive(datagram, now));
      }),
    );
    assert.deepEqual(
      given.map(({ frameIndex, keyFrame, data }) => ({ frameIndex, keyFrame, data })),
      sent.map(({ keyFrame, data }, frameIndex) => ({ frameIndex, keyFrame, data })),
    );
  });
}

test('a frame whose headers contradict each other is lost, and the stream goes on', () => {
  const host = wolf();
  const receiver = new VideoReceiver({ codec: 'h264', maxDatagram: 2048, appVersion: VERSION });
  const frames = [frame(2), frame(640), ...Array.from({ length: 40 }, () => frame(2))];
  const given: number[] = [];
  const lost: number[] = [];
  frames.forEach((one, index) => {
    for (const datagram of host.packetize(one).datagrams) {
      const output = receiver.receive(datagram, index * 16);
      given.push(...framesOf(output).map(({ frameIndex }) => frameIndex));
      lost.push(...lossesOf(output).map(({ frameIndex }) => frameIndex));
    }
  });
  assert.deepEqual(lost, [1]);
  assert.equal(given[0], 0);
  assert.ok(!given.includes(1));
  assert.equal(given.at(-1), frames.length - 1);
});
