import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoreOutput } from '@moonshare/sans-io';
import { createNodeGcmOpener, type GcmOpener } from './cipher.ts';
import { VideoReceiver, type VideoReceiverOptions } from './receiver.ts';
import {
  framesOf,
  lossesOf,
  sendFrames,
  statusesOf,
  V1_DATAGRAMS,
  V1_STREAM,
  V1_TIMESTAMP,
  v2Datagrams,
  v2Stream,
  wolfFrame,
} from './testing/streams.ts';
import type { VideoEvent } from './types.ts';

function receiver(options: Partial<VideoReceiverOptions> = {}): VideoReceiver {
  return new VideoReceiver({ codec: 'h264', maxDatagram: 1408, ...options });
}

/** Moonlight's behaviour: a newer frame closes the older one. */
const NO_HOLD = { frames: 0, ms: 0 };

/** One line per event: `7` = a frame, `-7` = one lost in part, `(-7)` = one lost completely. */
function events(output: CoreOutput<VideoEvent>): string[] {
  return output.events.flatMap((event) => {
    if (event.type === 'fecStatus') return [];
    const { frameIndex } = event.frame;
    if (event.type === 'frame') return [`${frameIndex}`];
    return [event.frame.received ? `-${frameIndex}` : `(-${frameIndex})`];
  });
}

/** The 21 bytes of the FEC status as one text, in groups as in protocol/3 §4.6. */
function statusText(output: CoreOutput<VideoEvent>): string[] {
  const hex = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, '0');
  return statusesOf(output).map((status) =>
    [
      hex(status.frameIndex, 4),
      hex(status.highestSequence, 2),
      hex(status.nextContiguousSequence, 2),
      hex(status.missingBeforeHighest, 2),
      hex(status.dataPackets, 2),
      hex(status.parityPackets, 2),
      hex(status.receivedData, 2),
      hex(status.receivedParity, 2),
      hex(status.fecPercentage, 1),
      hex(status.blockIndex, 1),
      hex(status.blockCount, 1),
    ].join(' '),
  );
}

const [FRAME8] = sendFrames({ packetSize: 32, firstFrame: 8, firstSequence: 0x1239 }, [30]);

/** Feeds V-1's datagrams by number, and frame 8's as `8/0`; returns the output of each. */
function feed(video: VideoReceiver, order: string, now = 0): CoreOutput<VideoEvent>[] {
  return order.split(' ').map((name) => {
    const [frame, at] = name.split('/');
    return video.receive(at === undefined ? V1_DATAGRAMS[Number(frame)]! : FRAME8!.datagrams[Number(at)]!, now);
  });
}

test('V-1 is complete with its third datagram, with all the data in its header', () => {
  const video = receiver();
  const outputs = V1_DATAGRAMS.map((datagram, at) => video.receive(datagram, 100 + at));
  assert.deepEqual(outputs.map(events), [[], [], ['7'], [], []]);
  assert.deepEqual(framesOf(outputs[2]!)[0], {
    frameIndex: 7,
    keyFrame: true,
    data: V1_STREAM,
    hostTimestamp: V1_TIMESTAMP,
    receivedAt: 100,
    hostLatency: 47,
  });
  assert.ok(outputs.every((output) => statusesOf(output).length === 0 && output.wakeAt === Number.POSITIVE_INFINITY));
  assert.equal(video.stats().late, 2);
});

const V1_STATUS = '00000007 1238 1234 0002 0003 0002 0001 0002 42 00 01';

for (const [order, at, status] of [
  ['1 3 4', 2, [V1_STATUS]],
  ['4 3 1', 2, ['00000007 1238 1234 0002 0003 0002 0001 0002 42 00 01']],
  ['0 2 1', 2, []],
  ['0 0 1 2', 3, []],
  ['1 2 1 0', 3, []],
  ['3 4 2 1 0', 2, ['00000007 1238 1234 0002 0003 0002 0001 0002 42 00 01']],
] as const) {
  test(`scenario ${order} of protocol/3 §4.7`, () => {
    const outputs = feed(receiver(), order);
    for (const [index, output] of outputs.entries()) {
      assert.deepEqual(events(output), index === at ? ['7'] : [], `datagram ${index}`);
      assert.deepEqual(statusText(output), index === at ? status : [], `datagram ${index}`);
    }
    assert.deepEqual(framesOf(outputs[at]!)[0]!.data, V1_STREAM);
  });
}

test('scenario 0 8/0 without hold: frame 7 is lost at once, and frame 8 is assembled', () => {
  const video = receiver({ hold: NO_HOLD });
  const [, second, third, fourth] = feed(video, '0 8/0 8/1 8/2');
  assert.deepEqual(events(second!), ['-7']);
  assert.deepEqual(statusText(second!), ['00000007 1234 1235 0000 0003 0002 0001 0000 42 00 01']);
  assert.deepEqual([events(third!), events(fourth!)], [[], ['8']]);
});

test('scenario 0 8/0 with the default hold: frame 7 is given up 10 ms later', () => {
  const video = receiver();
  video.receive(V1_DATAGRAMS[0]!, 0);
  const output = video.receive(FRAME8!.datagrams[0]!, 17);
  assert.deepEqual([events(output), output.wakeAt], [[], 27]);
  assert.deepEqual(events(video.advance(26.9)), []);
  const late = video.advance(27);
  assert.deepEqual(lossesOf(late), [{ frameIndex: 7, received: true, receivedAt: 0 }]);
  assert.deepEqual(statusText(late), ['00000007 1234 1235 0000 0003 0002 0001 0000 42 00 01']);
  assert.equal(late.wakeAt, Number.POSITIVE_INFINITY);
});

test('scenario 0 1 8/0 2: the straggler still completes frame 7, and the order is kept', () => {
  const video = receiver();
  const outputs = feed(video, '0 1 8/0 8/1 8/2 2');
  assert.deepEqual(outputs.map(events), [[], [], [], [], [], ['7', '8']]);
});

test('scenario 2 4: with too few shards, a loss is reported only once the next frame begins', () => {
  const video = receiver({ hold: NO_HOLD });
  assert.deepEqual(feed(video, '2 4').map(events), [[], []]);
  assert.deepEqual(feed(video, '8/0').map(events), [['-7']]);
});

test('a frame that never came is reported as lost when a newer one comes', () => {
  const frames = sendFrames({}, [20, 20, 20]);
  const video = receiver({ hold: NO_HOLD });
  video.receive(frames[0]!.datagrams[0]!, 0);
  assert.deepEqual(events(video.receive(frames[2]!.datagrams[0]!, 40)), ['(-2)', '3']);
});

test('the oldest frame is given up early when newer ones get too far ahead', () => {
  const frames = sendFrames({}, [200, 20, 20, 20]);
  const video = receiver();
  video.receive(frames[0]!.datagrams[0]!, 0);
  assert.deepEqual(events(video.receive(frames[1]!.datagrams[0]!, 1)), []);
  assert.deepEqual(events(video.receive(frames[2]!.datagrams[0]!, 2)), []);
  assert.deepEqual(events(video.receive(frames[3]!.datagrams[0]!, 3)), ['-1', '2', '3', '4']);
});

test('at the end of the stream everything is emitted', () => {
  const frames = sendFrames({}, [200, 20, 20]);
  const video = receiver();
  for (const datagram of [frames[0]!.datagrams[1]!, frames[2]!.datagrams[0]!]) video.receive(datagram, 0);
  assert.deepEqual(events(video.advance(Number.POSITIVE_INFINITY)), ['-1', '(-2)', '3']);
  const alone = receiver();
  alone.receive(V1_DATAGRAMS[0]!, 5);
  assert.deepEqual(lossesOf(alone.advance(Number.POSITIVE_INFINITY)), [
    { frameIndex: 7, received: true, receivedAt: 5 },
  ]);
});

test('the second frame of a stream may arrive before the first', () => {
  const [first, second] = sendFrames({}, [200, 200]);
  const video = receiver();
  const outputs = [second!.datagrams[0]!, ...first!.datagrams, ...second!.datagrams].map((one) =>
    video.receive(one, 0),
  );
  assert.deepEqual(outputs.flatMap(events), ['1', '2']);
});

test('with startFrames the first frames may come in any order', () => {
  const sent = sendFrames({}, [20, 20, 20, 20]);
  const video = receiver({ hold: { frames: 10, ms: 1000, startFrames: 3 } });
  const outputs = [2, 0, 1, 3].map((at) => events(video.receive(sent[at]!.datagrams[0]!, 0)));
  assert.deepEqual(outputs, [[], [], ['1', '2', '3'], ['4']]);
});

test('V-2 is assembled without loss, in order and in reverse order', () => {
  for (const datagrams of [v2Datagrams(), v2Datagrams().reverse()]) {
    const video = receiver();
    const frames = datagrams.flatMap((datagram) => framesOf(video.receive(datagram, 0)));
    assert.equal(frames.length, 1);
    assert.ok(frames[0]!.data.equals(v2Stream()));
    assert.equal(frames[0]!.hostTimestamp, 0xffffff00);
  }
});

test('V-2 with 25 losses per block is repaired, with one FEC status per block', () => {
  const kept = v2Datagrams().filter((_, at) =>
    at < 150 ? at >= 125 || at % 5 !== 2 : at >= 274 || (at - 150) % 5 !== 2,
  );
  const video = receiver();
  const outputs = kept.map((datagram) => video.receive(datagram, 0));
  const frames = outputs.flatMap((output) => framesOf(output));
  assert.equal(frames.length, 1);
  assert.ok(frames[0]!.data.equals(v2Stream()));
  assert.deepEqual(outputs.flatMap(statusText), [
    '00000009 0071 ffde 0019 007d 0019 0064 0019 14 00 02',
    '00000009 0106 0074 0019 007c 0019 0063 0019 14 01 02',
  ]);
  assert.equal(video.stats().recoveredShards, 50);

  const oneMore = receiver();
  const rest = kept.slice(1).map((datagram) => oneMore.receive(datagram, 0));
  assert.deepEqual(rest.flatMap(events), []);
  assert.deepEqual(events(oneMore.advance(Number.POSITIVE_INFINITY)), ['-9']);
});

test('a frame of Wolf is assembled: number 0, timestamp 0, flags only at the ends of the frame', () => {
  const data = v2Stream().subarray(0, 100000);
  const datagrams = wolfFrame(data, { frameIndex: 0, firstSequence: 0, packetSize: 1024, blocks: 3 });
  const video = receiver();
  const outputs = datagrams.map((datagram) => video.receive(datagram, 3));
  assert.deepEqual(outputs.flatMap(events), ['0']);
  assert.ok(outputs.flatMap((output) => framesOf(output))[0]!.data.equals(data));

  // First and last data shards of all blocks are lost: the ends of inner blocks carry no flags, and must not be refused.
  const edges = new Set([0, 33, 41, 74, 82, 115].map((at) => datagrams[at]!));
  assert.equal(datagrams.length, 34 + 7 + 34 + 7 + 32 + 7);
  edges.delete(datagrams[115]!);
  edges.add(datagrams[113]!);
  const lossy = receiver();
  const repaired = datagrams.filter((one) => !edges.has(one)).flatMap((one) => framesOf(lossy.receive(one, 3)));
  assert.equal(repaired.length, 1);
  assert.ok(repaired[0]!.data.equals(data));
  assert.equal(lossy.stats().recoveredShards, 6);
});

test('a last data packet without padding is accepted, and helps to repair its block', () => {
  const data = v2Stream().subarray(0, 5000);
  const datagrams = wolfFrame(data, { frameIndex: 4, firstSequence: 9, packetSize: 1024, blocks: 1, short: true });
  assert.ok(datagrams[4]!.length < datagrams[3]!.length);
  for (const lost of [[], [0], [3, 4], [4]]) {
    for (const order of [datagrams, [...datagrams].reverse()]) {
      const video = receiver();
      const frames = order
        .filter((one) => !lost.some((at) => datagrams[at] === one))
        .flatMap((one) => framesOf(video.receive(one, 0)));
      assert.equal(frames.length, 1, `lost ${lost}`);
      assert.ok(frames[0]!.data.equals(data), `lost ${lost}`);
    }
  }
});

test('packets smaller than requested are accepted, also for repairs', () => {
  const [frame] = sendFrames({ packetSize: 700 }, [6000]);
  const video = receiver();
  const frames = frame!.datagrams.slice(2).flatMap((datagram) => framesOf(video.receive(datagram, 0)));
  assert.deepEqual(frames[0]!.data, frame!.data);
});

test('sequence number, packet index and frame index may wrap', () => {
  for (const start of [
    { firstSequence: 0xfffe },
    { firstSequence: 0xfffffd },
    { firstSequence: 0xfffffffc },
    { firstFrame: 0xffffffff },
    { firstFrame: 0xfffe },
  ]) {
    const sent = sendFrames(start, [300, 300, 300, 300]);
    const video = receiver();
    const frames = sent.flatMap((frame) =>
      frame.datagrams.filter((_, at) => at !== 1).flatMap((datagram) => framesOf(video.receive(datagram, 0))),
    );
    assert.deepEqual(
      frames.map((frame) => [frame.frameIndex, frame.data]),
      sent.map((frame) => [frame.frameIndex, frame.data]),
    );
  }
});

test('encrypted datagrams are opened; those that fail the tag are counted and dropped', () => {
  const key = Buffer.alloc(16, 9);
  const sent = sendFrames({ key }, [300, 300]);
  const video = receiver({ key, maxDatagram: 80 });
  const outputs: CoreOutput<VideoEvent>[] = [];
  for (const datagram of sent.flatMap((frame) => frame.datagrams)) {
    const forged = Buffer.from(datagram);
    forged[40]! ^= 1;
    outputs.push(video.receive(forged, 0), video.receive(datagram, 0));
  }
  const frames = outputs.flatMap((output) => framesOf(output));
  assert.deepEqual(
    frames.map((frame) => frame.data),
    sent.map((frame) => frame.data),
  );
  // For a complete frame even forgeries are dropped unopened, by the frame index in the clear.
  assert.deepEqual([video.stats().undecryptable, video.stats().late], [14, 8]);
  assert.equal(framesOf(receiver().receive(sent[0]!.datagrams[0]!, 0)).length, 0);
});

test('no more than 8 FEC statuses in 100 ms', () => {
  const frames = sendFrames({}, new Array(30).fill(100));
  const video = receiver();
  const counts = frames.map((frame, at) =>
    frame.datagrams.slice(1).reduce((sum, one) => sum + statusesOf(video.receive(one, at < 20 ? at : 130)).length, 0),
  );
  const sum = (from: number, to: number) => counts.slice(from, to).reduce((a, b) => a + b, 0);
  assert.deepEqual([sum(0, 20), sum(20, 30)], [8, 8]);
});

test('the memory of a datagram may be used again at once, and that of a frame when it has left', () => {
  for (const encryption of [{}, { key: Buffer.alloc(16, 9) }]) {
    const sent = sendFrames({ packetSize: 1024, ...encryption }, [40_000, 300, 70_000, 5000, 40_000, 33_000]);
    const video = receiver(encryption);
    const memory = Buffer.alloc(2048);
    const frames = sent.flatMap(({ datagrams }) =>
      // Some are lost, and what is left comes in another order.
      datagrams
        .slice(1)
        .reverse()
        .flatMap((datagram) => {
          datagram.copy(memory.fill(0xee));
          return framesOf(video.receive(memory.subarray(0, datagram.length), 0));
        }),
    );
    assert.equal(frames.length, sent.length);
    for (const [at, { data }] of frames.entries()) assert.ok(data.equals(sent[at]!.data), `frame ${at}`);
  }
});

test('parity of a frame that has left is not even decrypted, nor are frames before the first that may still come', () => {
  const key = Buffer.alloc(16, 9);
  let opened = 0;
  const createGcmOpener = (bytes: Buffer): GcmOpener => {
    const open = createNodeGcmOpener(bytes);
    return (...all) => {
      opened += 1;
      return open(...all);
    };
  };
  const [first, second] = sendFrames({ key, firstFrame: 1 }, [300, 300]);
  const video = receiver({ key, createGcmOpener });
  for (const datagram of first!.datagrams) video.receive(datagram, 0);
  assert.equal(opened + video.stats().late, first!.datagrams.length);
  assert.ok(video.stats().late > 0);
  const late = receiver({ key, createGcmOpener });
  late.receive(second!.datagrams[0]!, 0);
  const frames = [...first!.datagrams, ...second!.datagrams.slice(1)].flatMap((one) => framesOf(late.receive(one, 0)));
  assert.deepEqual(
    frames.map(({ frameIndex }) => frameIndex),
    [1, 2],
  );
});
