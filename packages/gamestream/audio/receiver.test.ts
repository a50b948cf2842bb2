import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import type { AudioPacket } from '../types.ts';
import { AudioPacketizer } from './packetizer.ts';
import { AudioReceiver, type AudioReceiverOptions } from './receiver.ts';
import { A1, A2, KEY, KEY_ID, PAYLOADS } from './testing/streams.ts';

function receiver(options: Partial<AudioReceiverOptions> = {}): AudioReceiver {
  return new AudioReceiver({ packetMs: 5, ...options });
}

function dataPacket(sequence: number, payload = Buffer.alloc(8, sequence + 1)): Buffer {
  const datagram = Buffer.concat([Buffer.alloc(12), payload]);
  datagram[0] = 0x80;
  datagram[1] = 97;
  datagram.writeUInt16BE(sequence & 0xffff, 2);
  return datagram;
}

const NAMES: Record<string, Buffer> = {
  S: dataPacket(4),
  '8': A1[0]!,
  '9': A1[1]!,
  '10': A1[2]!,
  '11': A1[3]!,
  F0: A1[4]!,
  F1: A1[5]!,
  '12': dataPacket(12),
};

const sequences = (output: CoreOutput<AudioPacket>) => output.events.map((packet) => packet.sequence);

/** The packets that each datagram of the order brings out. */
function feed(audio: AudioReceiver, order: string): number[][] {
  return order.split(' ').map((name) => sequences(audio.receive(NAMES[name]!, 0)));
}

// The scenarios of protocol/3 §8.6. Unlike there, the first packet is played, and 9 comes right after 8.
for (const [order, expected] of [
  ['S 8 9 10 11 F0 F1', [[4], [8], [9], [10], [11], [], []]],
  ['S 9 11 F0 F1', [[4], [], [], [], [8, 9, 10, 11]]],
  ['S 8 11 F1', [[4], [8], [], []]],
  ['S 8 11 12', [[4], [8], [], [11, 12]]],
  ['S 9 8 10 11', [[4], [], [8, 9], [10], [11]]],
  ['S 12', [[4], [12]]],
  ['8 8 9 9 10 11 11', [[8], [], [9], [], [10], [11], []]],
  ['F1 F0 9 11', [[], [], [], [8, 9, 10, 11]]],
  ['F0 8 9 11', [[], [8], [9], [10, 11]]],
] as const) {
  test(`the order ${order} gives the expected packets`, () => {
    assert.deepEqual(feed(receiver(), order), expected);
  });
}

test('exactly the lost packets are recovered, and are marked as such', () => {
  const audio = receiver();
  audio.receive(A1[1]!, 1);
  audio.receive(A1[3]!, 2);
  audio.receive(A1[4]!, 3);
  assert.deepEqual(
    audio.receive(A1[5]!, 4).events,
    PAYLOADS.map((data, at) => ({
      sequence: 8 + at,
      data,
      durationMs: 5,
      receivedAt: [4, 1, 4, 2][at],
      recovered: at % 2 === 0,
    })),
  );
});

test('recovery comes before decryption (example A-2)', () => {
  const audio = receiver({ key: KEY, keyId: KEY_ID });
  const packets = [A2[1]!, A2[3]!, A2[4]!, A2[5]!].flatMap((datagram) => audio.receive(datagram, 0).events);
  assert.deepEqual(
    packets.map((packet) => packet.data),
    PAYLOADS,
  );
});

test('an undecryptable packet is counted and leaves a gap', () => {
  const audio = receiver({ key: KEY, keyId: KEY_ID });
  const wrong = [A2[0]!, dataPacket(9, Buffer.alloc(16)), A2[2]!];
  assert.deepEqual(
    wrong.flatMap((datagram) => sequences(audio.receive(datagram, 0))),
    [8, 10],
  );
  assert.equal(audio.stats().undecryptable, 1);
});

test('a stream plays from its first packet, even if that arrives second or has to be recovered', () => {
  const host = new AudioPacketizer({ packetMs: 5 });
  const [zero, one, two, three, f0] = [1, 2, 3, 4].flatMap((fill) => host.packetize(Buffer.alloc(60, fill)));
  const reordered = receiver();
  assert.deepEqual(
    [one!, zero!].map((datagram) => sequences(reordered.receive(datagram, 0))),
    [[], [0, 1]],
  );
  const lossy = receiver();
  const outputs = [one!, two!, three!, f0!].map((datagram) => sequences(lossy.receive(datagram, 0)));
  assert.deepEqual(outputs, [[], [], [], [0, 1, 2, 3]]);
});

test('after reordering, an incomplete block is awaited until 10 ms past its due time', () => {
  const audio = receiver();
  const arrivals = { 0: 0, 2: 5, 1: 6, 3: 15, 4: 20, 6: 30, 7: 35 };
  for (const sequence of [0, 2, 1, 3, 4, 6, 7] as const) audio.receive(dataPacket(sequence), arrivals[sequence]);
  const waiting = audio.receive(dataPacket(8), 40);
  assert.deepEqual([sequences(waiting), waiting.wakeAt], [[], 50]);
  assert.deepEqual(sequences(audio.advance(49)), []);
  assert.deepEqual(sequences(audio.receive(dataPacket(5), 49.5)), [5, 6, 7, 8]);
  assert.equal(audio.stats().lost, 0);

  audio.receive(dataPacket(10), 50);
  audio.receive(dataPacket(12), 60);
  const given = audio.advance(70);
  assert.deepEqual([sequences(given), given.wakeAt], [[10, 12], Number.POSITIVE_INFINITY]);
  assert.equal(audio.stats().lost, 2);
});

test('after 32768 packets in order, incomplete blocks are no longer awaited', () => {
  const audio = receiver();
  audio.receive(dataPacket(1), 0);
  audio.receive(dataPacket(0), 0);
  for (let sequence = 2; sequence < 32768 + 4; sequence += 1) audio.receive(dataPacket(sequence), 0);
  assert.deepEqual(sequences(audio.receive(dataPacket(32768 + 8), 0)), [32768 + 8]);
});

test('with a hold time, incomplete blocks are awaited from the start', () => {
  const audio = receiver({ holdMs: 1000 });
  const wait = [0, 2, 4].map((sequence, at) => audio.receive(dataPacket(sequence), at * 5));
  assert.deepEqual(wait.map(sequences), [[0], [], []]);
  assert.equal(wait[2]!.wakeAt, 1020);
  assert.deepEqual(sequences(audio.receive(dataPacket(1), 900)), [1, 2]);
  assert.deepEqual(sequences(audio.receive(dataPacket(3), 901)), [3, 4]);
});

test('held packets are delivered at the end of the stream', () => {
  const audio = receiver({ holdMs: 1000 });
  for (const sequence of [0, 1, 3, 8, 10]) audio.receive(dataPacket(sequence), 0);
  assert.deepEqual(sequences(audio.advance(Number.POSITIVE_INFINITY)), [3, 8, 10]);
  assert.equal(audio.stats().lost, 6);
});

test('a packet of another size only costs its block the recovery', () => {
  const audio = receiver();
  const order = [A1[0]!, dataPacket(9, Buffer.alloc(9, 1)), A1[3]!, A1[4]!, A1[5]!];
  assert.deepEqual(
    order.flatMap((datagram) => sequences(audio.receive(datagram, 0))),
    [8, 9],
  );
  assert.deepEqual(sequences(audio.receive(dataPacket(12), 0)), [11, 12]);
});

test('extended sequence numbers continue past the wrap (10 ms packets)', () => {
  const host = new AudioPacketizer({ packetMs: 10, firstSequence: 65528 });
  const audio = receiver({ packetMs: 10 });
  const datagrams = Array.from({ length: 16 }, (_, i) => host.packetize(Buffer.alloc(20, i + 1))).flat();
  const kept = datagrams.filter((datagram) => datagram[1] === 127 || datagram.readUInt16BE(2) % 4 !== 3);
  const packets = kept.flatMap((datagram, now) => audio.receive(datagram, now).events);
  assert.deepEqual(
    packets.map((packet) => packet.sequence),
    Array.from({ length: 16 }, (_, i) => 65528 + i),
  );
  assert.deepEqual(
    packets.map((packet) => packet.data[0]),
    Array.from({ length: 16 }, (_, i) => i + 1),
  );
  assert.ok(packets.every((packet) => packet.durationMs === 10));
});

test('a persistent jump of more than 64 packets is followed, with rising numbers and no packet lost', () => {
  const audio = receiver();
  audio.receive(dataPacket(1000), 0);
  const forward = [2000, 2001, 2002, 2003].map((sequence) => sequences(audio.receive(dataPacket(sequence), 0)));
  assert.deepEqual(forward, [[], [], [2000, 2001, 2002], [2003]]);
  const restart = [0, 1, 2, 3].map((sequence) => sequences(audio.receive(dataPacket(sequence), 0)));
  assert.deepEqual(restart, [[], [], [65536, 65537, 65538], [65539]]);
  assert.equal(audio.stats().resynchronisations, 2);
});

test('a jump drops parity whose packets never came, so that blocks can still be awaited after many jumps', () => {
  const audio = receiver({ holdMs: 1000 });
  const parity = (base: number) => {
    const datagram = Buffer.alloc(32);
    datagram.set([0x80, 127], 0);
    datagram[13] = 97;
    datagram.writeUInt16BE(base, 14);
    return datagram;
  };
  for (let jump = 1; jump <= 10; jump += 1) {
    const first = jump * 1000;
    for (const sequence of [first, first + 1, first + 2, first + 3]) audio.receive(dataPacket(sequence), 0);
    audio.receive(parity(first + 4), 0);
  }
  assert.equal(audio.stats().resynchronisations, 9);
  audio.receive(dataPacket(10_004), 0);
  assert.deepEqual(sequences(audio.receive(dataPacket(10_008), 0)), [], '10005 to 10007 may still come');
});

test('packets older than the first one are late, even across the wrap', () => {
  const audio = receiver();
  const got = [0, 65534, 65535, 1].map((sequence) => sequences(audio.receive(dataPacket(sequence), 0)));
  assert.deepEqual(got, [[0], [], [], [1]]);
  assert.equal(audio.stats().late, 2);
});

test('stray packets far away change nothing', () => {
  const audio = receiver();
  const got: number[] = [];
  for (let sequence = 0; sequence < 8; sequence += 1) {
    got.push(...sequences(audio.receive(dataPacket(sequence), 0)));
    got.push(...sequences(audio.receive(dataPacket(30000 + sequence), 0)));
    got.push(...sequences(audio.receive(dataPacket(30000 + sequence), 0)));
  }
  assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual([audio.stats().implausible, audio.stats().resynchronisations], [16, 0]);
});

test('at most 8 blocks stay open, whatever the hold time', () => {
  const audio = receiver({ holdMs: 1e9 });
  audio.receive(dataPacket(0), 0);
  for (let block = 0; block < 8; block += 1) audio.receive(dataPacket(block * 4 + 2), 0);
  assert.deepEqual(sequences(audio.receive(dataPacket(34), 0)), [2]);
});

test('anything but an audio datagram is counted as invalid', () => {
  const change = (datagram: Buffer, at: number, value: number) => {
    const changed = Buffer.from(datagram);
    changed[at] = value;
    return changed;
  };
  const invalid = [
    Buffer.alloc(0),
    A1[0]!.subarray(0, 12),
    A1[4]!.subarray(0, 24),
    Buffer.concat([A1[0]!, Buffer.alloc(1481)]),
    change(A1[0]!, 0, 0x90),
    change(A1[0]!, 1, 96),
    change(A1[4]!, 12, 2),
    change(A1[4]!, 13, 96),
    change(A1[4]!, 15, 9),
  ];
  const audio = receiver();
  for (const datagram of invalid) assert.deepEqual(sequences(audio.receive(datagram, 0)), []);
  assert.equal(audio.stats().invalid, invalid.length);
  assert.deepEqual(sequences(audio.receive(A1[0]!, 0)), [8]);
});

test('random bytes and damaged datagrams never throw, and packets come out in order', () => {
  const damaged = fc
    .record({ at: fc.nat(5), offset: fc.nat(40), value: fc.nat(255), cut: fc.nat(40) })
    .map(({ at, offset, value, cut }) => {
      const datagram = Buffer.from(A2[at]!.subarray(0, cut));
      if (offset < datagram.length) datagram[offset] = value;
      return datagram;
    });
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  const shortData = fc.nat(65535).map((sequence) => dataPacket(sequence));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(damaged, noise, shortData), { maxLength: 80 }),
      fc.boolean(),
      (datagrams, encrypted) => {
        const audio = receiver(encrypted ? { key: KEY, keyId: -1 } : {});
        let last = -1;
        const outputs = datagrams.map((datagram, now) => audio.receive(datagram, now));
        for (const output of [...outputs, audio.advance(Number.POSITIVE_INFINITY)]) {
          for (const packet of output.events) {
            assert.ok(packet.sequence > last);
            last = packet.sequence;
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('with a hold time, any two losses per block and any order within it still give the whole stream', () => {
  const scenario = fc.record({
    blocks: fc.integer({ min: 1, max: 12 }),
    encrypted: fc.boolean(),
    lost: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 12, maxLength: 12 }),
    shifts: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 72, maxLength: 72 }),
  });
  fc.assert(
    fc.property(scenario, ({ blocks, encrypted, lost, shifts }) => {
      const keys = encrypted ? { key: KEY, keyId: KEY_ID } : {};
      const host = new AudioPacketizer({ packetMs: 5, ...keys });
      const sent = Array.from({ length: blocks * 4 }, (_, i) => Buffer.alloc(30, i + 1));
      const wire = sent
        .flatMap((opus) => host.packetize(opus))
        .map((datagram, at) => ({ datagram, at, order: at + shifts[at]! }))
        .filter(({ at }) => !lost[Math.floor(at / 6)]!.includes(at % 6))
        .sort((a, b) => a.order - b.order);
      // The very first block decides where the stream starts.
      fc.pre(Math.floor(wire[0]!.at / 6) === 0);
      const audio = receiver({ ...keys, holdMs: 1000 });
      const packets = wire.flatMap(({ datagram }) => audio.receive(datagram, 0).events);
      packets.push(...audio.advance(Number.POSITIVE_INFINITY).events);
      assert.deepEqual(
        packets.map((packet) => packet.data),
        sent,
      );
      assert.deepEqual(
        packets.map((packet) => packet.sequence),
        sent.map((_, i) => i),
      );
    }),
    { numRuns: 200 },
  );
});

test('the memory of a datagram may be used again at once', () => {
  for (const at of [100, 40_000]) {
    const audio = receiver();
    const memory = Buffer.alloc(2048);
    const take = (datagram: Buffer) => {
      datagram.copy(memory.fill(0xee));
      return audio.receive(memory.subarray(0, datagram.length), 0).events;
    };
    audio.receive(dataPacket(8), 0);
    // 10 comes before 9, and those of another numbering are kept until they are believed.
    const packets = [10, 9, 11, 12, at, at + 1, at + 2, at + 3].flatMap((sequence) => take(dataPacket(sequence)));
    assert.ok(packets.length > 6);
    for (const { sequence, data } of packets) assert.deepEqual(data, Buffer.alloc(8, data[0]), `packet ${sequence}`);
    assert.ok(packets.every(({ data }) => data[0] !== 0xee));
  }
});
